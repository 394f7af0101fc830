internal import TensorCore

/// What the layers that combine their inputs element by element have in common: one shape; missing axes are put after the
/// batch and axes of 1 repeated, as in Keras.
protocol MergeLayer: Layer {}

extension MergeLayer {
  public var maskRule: MaskRule { .own }

  /// A layer of `count` inputs; the body gets them with the same number of axes.
  ///
  /// `masked` is what Keras 3 does where an input has a mask: it gets the inputs and their masks in the output's shape.
  func buildMerge(
    _ scope: BuildScope, _ inputs: [TensorSpec], count: ClosedRange<Int> = 2...Int.max,
    masked: (@Sendable ([Tensor], [Tensor?]) -> Tensor)? = nil, _ body: @escaping @Sendable ([Tensor]) -> Tensor
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
      let tensors = inputs.map { $0.reshaped(Shape.expanded($0.shape, rank: rank)) }
      // An input that gets more axes loses its mask.
      let masks = inputs.indices.map { inputs[$0].rank == rank ? context.mask($0)?.ofSteps(like: inputs[$0]) : nil }
      context.masks = [context.mergedMask(of: inputs.count, kerasMajorVersion: meaning)]
      guard let masked, meaning >= 3, masks.contains(where: { $0 != nil }) else { return [body(tensors)] }
      let common = tensors.dropFirst().reduce(tensors[0].shape) { Shape.broadcast($0, $1.shape) ?? $0 }
      return [masked(tensors.map { $0.broadcast(to: common) }, masks.map { $0?.broadcast(to: common) })]
    })
  }

  /// Of `Maximum` and `Minimum`, which have no neutral number: where a mask leaves an input out, what came before stands in
  /// for it, and what comes after for what came before.
  static func merged(
    _ inputs: [Tensor], _ masks: [Tensor?], _ combine: (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    var (result, resultMask) = (inputs[0], masks[0])
    for (x, mask) in zip(inputs, masks).dropFirst() {
      let next = mask.map { Tensor.select($0, x, result) } ?? x
      if let kept = resultMask { result = Tensor.select(kept, result, next) }
      resultMask = mask.flatMap { mask in resultMask?.logicalOr(mask) }
      result = combine(result, next)
    }
    return result
  }
}

extension Shape {
  /// `[batch, ...]` with ones after the batch up to a rank.
  fileprivate static func expanded(_ shape: Shape, rank: Int) -> Shape {
    guard shape.rank > 0, shape.rank < rank else { return shape }
    return Shape([shape[0]] + Array(repeating: 1, count: rank - shape.rank) + shape.array.dropFirst())
  }
}
