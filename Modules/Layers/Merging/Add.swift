public import TensorCore

/// The sum of two or more inputs of one shape; missing axes are put after the batch and axes of 1 repeated, as in
/// Keras: `Add`.
public struct Add: Layer {
  public static let kind = "Add"
  public static let template = Add()

  public init() {}

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard inputs.count >= 2 else {
      throw CoreError(.shapeMismatch, "Add: found \(inputs.count) inputs, expected 2 or more")
    }
    let rank = inputs.map(\.rank).max() ?? 0
    var shape = Self.expanded(inputs[0].shape, rank: rank)
    for input in inputs.dropFirst() {
      guard let next = Shape.broadcast(shape, Self.expanded(input.shape, rank: rank)) else {
        let all = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
        throw CoreError(.shapeMismatch, "Add: found inputs \(all), expected shapes that broadcast")
      }
      shape = next
    }
    return Forward(many: { inputs, _ in
      let terms = inputs.map { $0.reshaped(Self.expanded($0.shape, rank: rank)) }
      return [terms.dropFirst().reduce(terms[0]) { $0 + $1 }]
    })
  }

  /// `[batch, ...]` with ones after the batch up to a rank.
  private static func expanded(_ shape: Shape, rank: Int) -> Shape {
    guard shape.rank > 0, shape.rank < rank else { return shape }
    return Shape([shape[0]] + Array(repeating: 1, count: rank - shape.rank) + shape.array.dropFirst())
  }
}
