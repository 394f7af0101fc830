public import TensorCore

/// A call of an operation: tensors, constants and settings, found by Keras's names.
///
/// An argument is looked up by its name, then at its place, then among the settings.
public struct OperationCall: Sendable {
  /// The operation's.
  public let name: String
  let settings: JSONObject
  let operands: Operands
  /// All tensors of the call.
  public let inputs: [Tensor]

  init(_ name: String, _ settings: JSONObject, _ operands: Operands, _ inputs: [Tensor]) {
    (self.name, self.settings, self.operands, self.inputs) = (name, settings, operands, inputs)
  }

  func operand(_ name: String, _ place: Int?) -> Operand? {
    if let named = operands.named[name] { return named }
    if let place, place < operands.placed.count { return operands.placed[place] }
    return settings[name].map(Operand.constant)
  }

  // MARK: Tensors

  /// A tensor, or a constant as one.
  ///
  /// - Parameters:
  ///   - name: Keras's name of the argument.
  ///   - place: where it stands among those given by place.
  /// - Throws: `invalidConfig` where it is missing or no tensor.
  public func tensor(_ name: String, _ place: Int = 0) throws(CoreError) -> Tensor {
    try operandTensor(try required(name, place), name).tensor
  }

  /// A list of tensors; a tensor alone is a list of one.
  public func tensors(_ name: String, _ place: Int = 0) throws(CoreError) -> [Tensor] {
    let operand = try required(name, place)
    guard case .list(let items) = operand else { return [try operandTensor(operand, name).tensor] }
    var tensors: [OperandTensor] = []
    for item in items { tensors.append(try operandTensor(item, name)) }
    return OperandTensor.promoted(tensors)
  }

  /// Two tensors with the element type that Keras gives them together; a number takes that of the tensor it meets.
  public func pair(_ first: String = "x1", _ second: String = "x2", at place: Int = 0) throws(CoreError) -> (
    Tensor, Tensor
  ) {
    let both = [
      try operandTensor(try required(first, place), first), try operandTensor(try required(second, place + 1), second),
    ]
    let promoted = OperandTensor.promoted(both)
    return (promoted[0], promoted[1])
  }

  /// Whether an argument is there and is not None.
  public func has(_ name: String, _ place: Int? = nil) -> Bool {
    switch operand(name, place) {
    case nil, .constant(.null): false
    default: true
    }
  }

  private func required(_ name: String, _ place: Int) throws(CoreError) -> Operand {
    guard let operand = operand(name, place) else { throw invalid("no argument \"\(name)\"", "one") }
    return operand
  }

  private func operandTensor(_ operand: Operand, _ name: String) throws(CoreError) -> OperandTensor {
    switch operand {
    case .input(let index): return OperandTensor(tensor: inputs[index])
    case .constant(let json):
      guard let constant = OperandTensor(json) else { throw invalid("\(name) \(json)", "a tensor or numbers") }
      return constant
    case .list(let items):
      var tensors: [OperandTensor] = []
      for item in items { tensors.append(try operandTensor(item, name)) }
      return OperandTensor(tensor: Tensor.stack(OperandTensor.promoted(tensors)))
    }
  }

  // MARK: Constants

  /// A constant; nil where there is none or it is None.
  public func value(_ name: String, _ place: Int? = nil) -> JSON? {
    guard case .constant(let json) = operand(name, place), !json.isNull else { return nil }
    return json
  }

  public func number(_ name: String, _ place: Int? = nil, default standard: Double) throws(CoreError) -> Double {
    guard let json = value(name, place) else { return standard }
    guard let number = json.doubleValue else { throw invalid("\(name) \(json)", "a number") }
    return number
  }

  public func flag(_ name: String, default standard: Bool = false) -> Bool { value(name)?.boolValue ?? standard }

  public func int(_ name: String, _ place: Int? = nil, default standard: Int? = nil) throws(CoreError) -> Int {
    guard let int = try ints(name, place)?.first ?? standard else { throw invalid("no \"\(name)\"", "an integer") }
    return int
  }

  /// One integer or several, also those of a tensor whose values are known (TensorFlow's shapes); nil where there are
  /// none.
  public func ints(_ name: String, _ place: Int? = nil) throws(CoreError) -> [Int]? {
    guard let operand = operand(name, place), operand != .constant(.null) else { return nil }
    return try integers(operand, name)
  }

  /// The sizes of a tensor to come. One that is computed (`[tf.shape(x)[0], 12]`) follows from the others: -1.
  public func sizes(_ name: String, _ place: Int? = nil) throws(CoreError) -> [Int]? {
    guard case .list(let items)? = operand(name, place) else { return try ints(name, place) }
    let computed = items.indices.filter { if case .input = items[$0] { true } else { false } }
    guard computed.count == 1 else { return try ints(name, place) }
    var sizes: [Int] = []
    for (index, item) in items.enumerated() { sizes += index == computed[0] ? [-1] : try integers(item, name) }
    return sizes
  }

  private func integers(_ operand: Operand, _ name: String) throws(CoreError) -> [Int] {
    switch operand {
    case .list(let items):
      var all: [Int] = []
      for item in items { all += try integers(item, name) }
      return all
    case .input(let index):
      return inputs[index].cast(to: .int64).scalars(of: Int64.self).map(Int.init)
    case .constant(let json):
      if let single = json.intValue { return [single] }
      // None stands for the one size that is not known.
      guard let items = json.listValue else { throw invalid("\(name) \(json)", "integers") }
      var all: [Int] = []
      for item in items {
        guard let int = item.isNull ? -1 : item.intValue else { throw invalid("\(name) \(json)", "integers") }
        all.append(int)
      }
      return all
    }
  }

  /// Axes of a tensor, counted from the front; all of them where there are none.
  ///
  /// - Parameters:
  ///   - name: of the argument.
  ///   - x: the tensor.
  /// - Throws: `shapeMismatch` where the tensor has no such axis.
  public func axes(_ name: String = "axis", of x: Tensor) throws(CoreError) -> [Int] {
    guard let given = try ints(name) else { return Array(0..<x.rank) }
    var axes: [Int] = []
    for axis in given { axes.append(try checked(axis, rank: x.rank)) }
    return axes
  }

  /// An axis counted from the front, or the error that there is none.
  public func checked(_ axis: Int, rank: Int) throws(CoreError) -> Int {
    guard (-rank..<rank).contains(axis) else {
      throw CoreError(.shapeMismatch, "\(self.name): found axis \(axis), expected one in \(-rank)..<\(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// - Parameters:
  ///   - found: what the call has.
  ///   - expected: what it should have.
  public func invalid(_ found: String, _ expected: String) -> CoreError {
    CoreError(.invalidConfig, "\(name): found \(found), expected \(expected)")
  }
}
