internal import TensorCore

// Parts of a tensor by their places.
extension GraphOperationRegistry {
  static let indexing: Family = [
    (
      "GetItem",
      { call in
        let x = try call.tensor("x")
        guard case .constant(let key)? = call.operand("key", 1) else {
          if case .list(let items)? = call.operand("key", 1) { return [try item(x, try call.keys(items), call)] }
          throw call.invalid("an index that is a tensor", "numbers, slices, None and Ellipsis")
        }
        // A list is a tuple of indices, as Keras writes both.
        return [try item(x, key.listValue ?? [key], call)]
      }
    ),
    (
      "Take",
      { call in
        let x = try call.tensor("x")
        guard call.has("axis", 2) else { return [x.reshaped([-1]).taken(try call.tensor("indices", 1), axis: 0)] }
        let axis = try call.checked(try call.int("axis", 2), rank: x.rank)
        return [x.taken(try call.tensor("indices", 1), axis: axis)]
      }
    ),
    (
      "TakeAlongAxis",
      { call in
        var (x, indices) = (try call.tensor("x"), try call.tensor("indices", 1).cast(to: .int64))
        if !call.has("axis", 2) { (x, indices) = (x.reshaped([-1]), indices.reshaped([-1])) }
        let axis = try call.checked(try call.int("axis", 2, default: 0), rank: x.rank)
        var (shape, target) = (indices.shape, x.shape)
        guard shape.rank == x.rank else { throw call.invalid("indices \(shape)", "as many axes as \(x.shape)") }
        (shape[axis], target[axis]) = (1, 1)
        guard let both = Shape.broadcast(shape, target) else {
          throw call.invalid("indices \(indices.shape)", "a shape that broadcasts with \(x.shape)")
        }
        var (all, from) = (both, both)
        (all[axis], from[axis]) = (indices.shape[axis], x.shape[axis])
        let places = indices.counted(in: x.shape[axis]).broadcast(to: all)
        return [x.broadcast(to: from).gatheredAlong(places, axis: axis)]
      }
    ),
    (
      "Slice",
      { call in
        let x = try call.tensor("inputs")
        guard let start = try call.ints("start_indices", 1), let size = try call.ints("shape", 2),
          start.count == x.rank,
          size.count == x.rank
        else { throw call.invalid("a start or a shape that does not suit \(x.shape)", "a number for each axis") }
        let ends = zip(start, size).enumerated().map { $1.1 < 0 ? x.shape[$0] : $1.0 + $1.1 }
        return [x.sliced(begin: start, end: ends)]
      }
    ),
    (
      "Diagonal",
      { call in
        let x = try call.tensor("x")
        guard x.rank == 2, try call.int("offset", default: 0) == 0 else {
          throw call.invalid("\(x.shape)", "a matrix and offset 0")
        }
        let count = min(x.shape[0], x.shape[1])
        let places = (0..<count).map { Int64($0 * x.shape[1] + $0) }
        return [x.reshaped([-1]).gathered(Tensor(places, [count]))]
      }
    ),
  ]

  /// Python's `x[key]`.
  private static func item(_ x: Tensor, _ keys: [JSON], _ call: OperationCall) throws(CoreError) -> Tensor {
    let consumed = keys.count { !$0.isNull && !$0.isEllipsis }
    guard consumed <= x.rank else { throw call.invalid("\(consumed) indices", "at most \(x.rank)") }
    var (begin, end, strides, shape): ([Int?], [Int?], [Int], [Int?]) = ([], [], [], [])
    // Shape: the size of a new axis, or nil for that of the slice.
    func takeWhole(_ count: Int) {
      for _ in 0..<count {
        begin.append(nil)
        end.append(nil)
        strides.append(1)
        shape.append(nil)
      }
    }
    var dropped: Set<Int> = []
    for key in keys {
      if key.isEllipsis {
        takeWhole(x.rank - consumed)
      } else if key.isNull {
        shape.append(1)
      } else if let index = key.intValue {
        let axis = begin.count
        let place = try checkedPlace(index, x.shape[axis], call)
        begin.append(place)
        end.append(place + 1)
        strides.append(1)
        dropped.insert(axis)
      } else {
        guard let slice = key.slice else { throw call.invalid("index \(key)", "a number, a slice, None or Ellipsis") }
        begin.append(slice.start)
        end.append(slice.stop)
        strides.append(slice.step ?? 1)
        shape.append(nil)
        guard strides.last != 0 else { throw call.invalid("a slice of step 0", "another") }
      }
    }
    takeWhole(x.rank - begin.count)
    let part = x.sliced(begin: begin, end: end, strides: strides)
    var sizes = part.shape.array.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)[...]
    return part.reshaped(shape.map { $0 ?? sizes.removeFirst() })
  }

  private static func checkedPlace(_ index: Int, _ count: Int, _ call: OperationCall) throws(CoreError) -> Int {
    guard (-count..<count).contains(index) else { throw call.invalid("index \(index)", "one in \(-count)..<\(count)") }
    return index < 0 ? index + count : index
  }
}

extension OperationCall {
  /// Indices some of which are tensors whose values are known.
  fileprivate func keys(_ items: [Operand]) throws(CoreError) -> [JSON] {
    var keys: [JSON] = []
    for item in items {
      guard case .constant(let json) = item else {
        throw invalid("an index that is a tensor", "numbers, slices, None and Ellipsis")
      }
      keys.append(json)
    }
    return keys
  }
}

extension JSON {
  fileprivate var isEllipsis: Bool { self["class_name"] == "__ellipsis__" }

  /// Keras 3's `__slice__`, or Keras 2's bare object.
  fileprivate var slice: (start: Int?, stop: Int?, step: Int?)? {
    guard let parts = self["class_name"] == "__slice__" ? self["config"] : self, parts.objectValue != nil else {
      return nil
    }
    return (parts["start"]?.intValue, parts["stop"]?.intValue, parts["step"]?.intValue)
  }
}

extension Tensor {
  /// Indices counted from the front.
  fileprivate func counted(in count: Int) -> Tensor {
    let places = cast(to: .int64)
    return Tensor.select(places.less(0), places + Double(count), places)
  }

  fileprivate func taken(_ indices: Tensor, axis: Int) -> Tensor {
    gathered(indices.counted(in: shape[axis]), axis: axis)
  }
}
