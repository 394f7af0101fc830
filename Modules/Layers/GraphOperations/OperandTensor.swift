internal import TensorCore

/// A tensor among operands. A number of the program's has no element type of its own: it takes that of what it meets.
struct OperandTensor {
  var tensor: Tensor
  /// Whether it is such a number.
  var isWeak = false

  init(tensor: Tensor) { self.tensor = tensor }

  /// A number, nested lists of numbers, or Keras 3's `__numpy__` and `__tensor__`; nil for anything else.
  init?(_ json: JSON) {
    if let className = json["class_name"]?.stringValue, ["__numpy__", "__tensor__"].contains(className) {
      guard let value = json["config"]?["value"], let array = Self.array(value) else { return nil }
      let dtype = json["config"]?["dtype"]?.stringValue.flatMap(DType.init) ?? .float32
      tensor = Tensor(array.numbers, array.shape).cast(to: dtype)
      return
    }
    guard let array = Self.array(json) else { return nil }
    isWeak = array.shape.rank == 0
    tensor = Tensor(array.numbers, array.shape).cast(to: array.dtype)
  }

  private static func array(_ json: JSON) -> (numbers: [Double], shape: Shape, dtype: DType)? {
    switch json {
    case .bool(let value): return ([value ? 1 : 0], [], .bool)
    case .integer(let value): return ([Double(value)], [], .int32)
    case .number(let value): return ([value], [], .float32)
    default: break
    }
    guard let items = json.listValue else { return nil }
    var parts: [(numbers: [Double], shape: Shape, dtype: DType)] = []
    for item in items {
      guard let part = array(item), parts.isEmpty || part.shape == parts[0].shape else { return nil }
      parts.append(part)
    }
    let inner = parts.first?.shape.array ?? []
    guard inner.count < Shape.maximumRank else { return nil }
    let dtype: DType = parts.contains { $0.dtype == .float32 } || parts.isEmpty ? .float32 : parts[0].dtype
    return (parts.flatMap(\.numbers), Shape([items.count] + inner), dtype)
  }

  /// All with one element type, as Keras promotes them.
  static func promoted(_ operands: [OperandTensor]) -> [Tensor] {
    let strong = operands.filter { !$0.isWeak }.map(\.tensor.dtype)
    guard var dtype = strong.first ?? operands.first?.tensor.dtype else { return [] }
    for other in strong.dropFirst() { dtype = promoted(dtype, other) }
    for weak in operands where weak.isWeak {
      let other = weak.tensor.dtype
      // An integer beside a float, or beside an integer, changes nothing.
      if other.isFloating ? !dtype.isFloating : (dtype == .bool && other != .bool) { dtype = other }
    }
    return operands.map { $0.tensor.cast(to: dtype) }
  }

  private static func promoted(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a.isFloating != b.isFloating { return a.isFloating ? a : b }
    let order: [DType] = [.bool, .uint8, .int32, .int64, .float16, .bfloat16, .float32, .float64]
    if a.isHalf, b.isHalf { return .float32 }
    return (order.firstIndex(of: a) ?? 0) > (order.firstIndex(of: b) ?? 0) ? a : b
  }
}

extension JSON {
  /// The items of a list, or of Keras 3's `__tuple__`.
  var listValue: [JSON]? {
    if let items = arrayValue { return items }
    guard self["class_name"] == "__tuple__" else { return nil }
    return (self["items"] ?? self["config"]?["items"])?.arrayValue
  }
}
