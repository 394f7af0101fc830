/// The `k` largest elements along the last axis, descending, and their positions: inputs `[x [..., n]]`, outputs
/// `[values [..., k], indices [..., k] (int64)]`. Of equal elements the one with the lower index comes first; NaN counts
/// as larger than every number.
public struct TopK: Operation {
  public static let name = "top_k"

  public var k: Int

  public init(k: Int) { self.k = k }

  public var outputCount: Int { 2 }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectArithmetic(inputs[0])
    guard inputs[0].rank > 0, k >= 0, k <= inputs[0].shape.last else {
      throw mismatch(nil, "found k = \(k) for \(inputs[0]), expected k in 0...n for a shape [..., n]")
    }
    var shape = inputs[0].shape
    shape.last = k
    return [TensorSpec(shape, inputs[0].dtype), TensorSpec(shape, .int64)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    guard outputs[0].elementCount > 0 else { return }
    switch inputs[0].dtype {
    case .float32: evaluate(inputs[0], outputs, Float.self)
    case .float64: evaluate(inputs[0], outputs, Double.self)
    case .int32: evaluate(inputs[0], outputs, Int32.self)
    case .int64: evaluate(inputs[0], outputs, Int64.self)
    case .uint8: evaluate(inputs[0], outputs, UInt8.self)
    default: inputs[0].dtype.hasNoKernel(Self.name)
    }
  }

  private func evaluate<S: Comparable>(_ x: Tensor, _ outputs: [Tensor], _: S.Type) {
    let count = x.shape.last
    let (source, values, indices) = (
      x.source(S.self), outputs[0].destination(S.self), outputs[1].destination(Int64.self)
    )
    // Insertion into k sorted places reads a row once; for many places sorting the row is cheaper.
    let isSorting = k > 32
    var order = [Int](0..<(isSorting ? count : 0))
    for row in 0..<x.elementCount / count {
      let elements = source + row * count
      if isSorting {
        for index in 0..<count { order[index] = index }
        order.sort { TopK.precedes(elements[$0], $0, elements[$1], $1) }
        for place in 0..<k { indices[row * k + place] = Int64(order[place]) }
      } else {
        insert(elements, count, into: indices + row * k)
      }
      for place in 0..<k { values[row * k + place] = elements[Int(indices[row * k + place])] }
    }
  }

  private func insert<S: Comparable>(_ elements: UnsafePointer<S>, _ count: Int, into best: UnsafeMutablePointer<Int64>)
  {
    var filled = 0
    for index in 0..<count {
      var place = filled
      while place > 0, TopK.precedes(elements[index], index, elements[Int(best[place - 1])], Int(best[place - 1])) {
        if place < k { best[place] = best[place - 1] }
        place -= 1
      }
      if place < k {
        best[place] = Int64(index)
        filled = min(filled + 1, k)
      }
    }
  }

  /// Whether element `a` at position `i` comes before element `b` at position `j`.
  private static func precedes<S: Comparable>(_ a: S, _ i: Int, _ b: S, _ j: Int) -> Bool {
    if a > b { return true }
    if a < b { return false }
    // Equal, or at least one is NaN, which alone is unequal to itself.
    let (aIsNaN, bIsNaN) = (a != a, b != b)
    return aIsNaN == bIsNaN ? i < j : aIsNaN
  }
}

extension Tensor {
  /// The `k` largest elements along the last axis, descending, and their positions (int64); both `[..., k]`.
  public func topK(_ k: Int) -> (values: Tensor, indices: Tensor) {
    let results = Tensor.apply(TopK(k: k), [self])
    return (results[0], results[1])
  }
}
