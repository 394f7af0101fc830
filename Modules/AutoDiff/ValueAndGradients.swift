public import TensorCore

/// A scalar loss and its gradients with respect to the trainable weights.
///
/// - Parameters:
///   - weights: what `loss` is called with; only its trainable weights of a floating type are tracked.
///   - loss: computes a tensor with one element.
/// - Returns: the loss, and `gradients` with exactly the trainable weights in their order: entry `i` belongs to
///   `weights.keys[weights.trainableIndices[i]]`, with the same path and spec and `slot == i`. So look a gradient up by
///   path or by position, not with a key of `weights`. Weights that the loss does not depend on have zeros.
///
/// Traps where the loss has more than one element, or depends on a weight through an operation without a gradient rule.
public func valueAndGradients(
  at weights: Weights, _ loss: (Weights) throws -> Tensor
) rethrows -> (value: Tensor, gradients: Weights) {
  let result = try valueAndGradients(at: weights, withAuxiliary: { (try loss($0), ()) })
  return (result.value, result.gradients)
}

/// `valueAndGradients(at:_:)` for a closure that returns something besides the loss: predictions, new moving statistics.
///
/// Tensors in the auxiliary result are plain values afterwards where it is a `TensorGroup` (a tensor, weights, or arrays,
/// optionals and dictionaries of those). In any other type they keep a trace that no longer records.
public func valueAndGradients<Auxiliary>(
  at weights: Weights, withAuxiliary loss: (Weights) throws -> (loss: Tensor, auxiliary: Auxiliary)
) rethrows -> (value: Tensor, gradients: Weights, auxiliary: Auxiliary) {
  let tape = Tape()
  defer { tape.finish() }
  let trainable = weights.trainableIndices
  var tracked = weights
  for index in trainable { tracked.tensors[index] = tape.watch(weights.tensors[index]) }
  let (value, auxiliary) = try loss(tracked)
  checkIsScalar(value)
  let seeds = tape.seeds([value])
  let plainValue = value.below(tape)
  var found = tape.finish().gradients(seeds, [Tensor.ones(value.shape, dtype: value.dtype)]).makeIterator()
  let gradients = trainable.map { index in
    let spec = weights.keys[index].spec
    return (spec.dtype.isFloating ? found.next() : nil) ?? Tensor.zeros(spec.shape, dtype: spec.dtype)
  }
  let keys = trainable.enumerated().map { slot, index in
    let key = weights.keys[index]
    return WeightKey(slot: slot, path: key.path, spec: key.spec, isTrainable: true)
  }
  return (plainValue, Weights(keys: keys, tensors: gradients), withoutTrace(of: tape, auxiliary))
}

/// Traps unless there is one number to differentiate.
func checkIsScalar(_ value: Tensor) {
  guard value.elementCount == 1, value.dtype.isFloating else {
    CoreError(
      .shapeMismatch,
      "the gradient of \(value.spec): expected a floating value with one element; reduce it, e.g. with mean()"
    ).trap()
  }
}

private func withoutTrace<Value>(of tape: Tape, _ value: Value) -> Value {
  guard let group = value as? any TensorGroup else { return value }
  return group.mapAllTensors { $0.below(tape) } as? Value ?? value
}
