internal import TensorCore

/// What the layers that combine their inputs element by element have in common: one shape; missing axes are put after the
/// batch and axes of 1 repeated, as in Keras.
protocol MergeLayer: Layer {}

extension MergeLayer {
  public var maskRule: MaskRule { .own }

  /// A layer of `count` inputs; the body gets them with the same number of axes.
  func buildMerge(
    _ scope: BuildScope, _ inputs: [TensorSpec], count: ClosedRange<Int> = 2...Int.max,
    _ body: @escaping @Sendable ([Tensor]) -> Tensor
  ) throws(CoreError) -> Forward {
    guard count.contains(inputs.count) else {
      let expected = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) or more"
      throw CoreError(.shapeMismatch, "\(Self.kind): found \(inputs.count) inputs, expected \(expected)")
    }
    let rank = inputs.map(\.rank).max() ?? 0
    var shape = Shape.expanded(inputs[0].shape, rank: rank)
    for input in inputs.dropFirst() {
      guard let next = Shape.broadcast(shape, Shape.expanded(input.shape, rank: rank)) else {
        let all = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
        throw CoreError(.shapeMismatch, "\(Self.kind): found inputs \(all), expected shapes that broadcast")
      }
      shape = next
    }
    let meaning = scope.kerasMajorVersion
    return Forward(many: { inputs, context in
      context.masks = [context.mergedMask(of: inputs.count, kerasMajorVersion: meaning)]
      return [body(inputs.map { $0.reshaped(Shape.expanded($0.shape, rank: rank)) })]
    })
  }
}

extension Shape {
  /// `[batch, ...]` with ones after the batch up to a rank.
  fileprivate static func expanded(_ shape: Shape, rank: Int) -> Shape {
    guard shape.rank > 0, shape.rank < rank else { return shape }
    return Shape([shape[0]] + Array(repeating: 1, count: rank - shape.rank) + shape.array.dropFirst())
  }
}
