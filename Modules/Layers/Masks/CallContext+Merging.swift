internal import TensorCore

// The masks of layers with several inputs. Keras 2 keeps a step that all masks keep, Keras 3 one that any keeps.
extension CallContext {
  /// The mask of inputs that are combined element by element. In Keras 3 there is none where an input has none; Keras 2
  /// looks at those that there are.
  func mergedMask(of count: Int, kerasMajorVersion: Int) -> Tensor? {
    let present = (0..<count).compactMap { mask($0) }
    guard let first = present.first, kerasMajorVersion < 3 || present.count == count else { return nil }
    return present.dropFirst().reduce(first) { kerasMajorVersion < 3 ? $0.logicalAnd($1) : $0.logicalOr($1) }
  }

  /// The mask of inputs one behind the other: of all steps where `axis` is time, else combined. An input without a mask
  /// keeps all its steps.
  func concatenatedMask(of inputs: [Tensor], axis: Int, kerasMajorVersion: Int) -> Tensor? {
    guard inputs.indices.contains(where: { mask($0) != nil }), inputs[0].rank > 2 else { return nil }
    let whole = inputs.enumerated().map { index, input in
      mask(index) ?? Tensor.full([input.shape[0], input.shape[1]], 1, dtype: .bool)
    }
    if axis == 1 { return Tensor.concatenate(whole, axis: 1) }
    return whole.dropFirst().reduce(whole[0]) { kerasMajorVersion < 3 ? $0.logicalAnd($1) : $0.logicalOr($1) }
  }
}

extension Tensor {
  /// A mask of a tensor's shape: as it broadcasts, or, where it is of the leading axes, repeated over those behind.
  func shaped(like x: Tensor) -> Tensor {
    if Shape.broadcast(shape, x.shape) == x.shape { return broadcast(to: x.shape) }
    return ofSteps(like: x)
  }

  /// A mask of the leading axes repeated over those behind.
  func ofSteps(like x: Tensor) -> Tensor {
    (rank..<x.rank).reduce(self) { mask, _ in mask.expandingDims(at: mask.rank) }.broadcast(to: x.shape)
  }
}
