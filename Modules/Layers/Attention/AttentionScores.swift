internal import TensorCore

/// From scores to what is attended to, as Keras's attention layers have it in common.
struct AttentionScores: Sendable {
  let dropout: Double
  let seed: Int?

  /// - Parameters:
  ///   - scores: `[batch, queries, values]`
  ///   - value: `[batch, values, features]`
  ///   - context: with the masks of query and value, and the call's switches.
  /// - Returns: `[batch, queries, features]`; with `return_attention_scores` the weights too. Leaves the query's mask.
  func attend(_ scores: Tensor, _ value: Tensor, _ context: inout CallContext) -> [Tensor] {
    let (queryMask, valueMask) = (context.mask(0), context.mask(1))
    var scores = scores
    if let mask = mask(scores, valueMask, isCausal: context.call.flag("use_causal_mask")) {
      // Not the least number: where everything is masked, Keras's weights are those without a mask.
      let largest = scores.dtype == .float16 ? 65504 : 1e9
      scores = Tensor.select(mask.broadcast(to: scores.shape), scores, scores - largest)
    }
    var weights = scores.softmax()
    if context.isTraining, dropout > 0 {
      weights = weights.dropped(dropout, key: context.random.split(seed: seed))
    }
    var output = weights.matmul(value)
    if let queryMask {
      let isQuery = queryMask.expandingDims(at: 2).broadcast(to: output.shape)
      output = Tensor.select(isQuery, output, Tensor.zeros(like: output))
    }
    context.masks = [queryMask]
    return context.call.flag("return_attention_scores") ? [output, weights] : [output]
  }

  private func mask(_ scores: Tensor, _ valueMask: Tensor?, isCausal: Bool) -> Tensor? {
    let ofValues = valueMask?.expandingDims(at: 1)
    guard isCausal else { return ofValues }
    let causal = Tensor.causalMask(queries: scores.shape[1], values: scores.shape[2])
    return ofValues.map { $0.logicalAnd(causal) } ?? causal
  }
}

extension Tensor {
  /// `[1, queries, values]`, true where the value does not come after the query.
  static func causalMask(queries: Int, values: Int) -> Tensor {
    let rows = Tensor.range(0..<queries).reshaped([1, queries, 1])
    return rows.greaterOrEqual(Tensor.range(0..<values).reshaped([1, 1, values]))
  }

  /// A share of the elements zero, the others scaled by 1/(1 − rate).
  func dropped(_ rate: Double, key: RandomKey) -> Tensor {
    guard rate < 1 else { return Tensor.zeros(like: self) }
    let isKept = Tensor.randomUniform(shape, dtype: .float32, key: key).greaterOrEqual(rate)
    return self * (isKept.cast(to: dtype) * (1 / (1 - rate)))
  }
}

extension Layer {
  /// Throws unless there are query and value, and perhaps a key, of three dimensions with suitable sizes.
  func expectQueryAndValue(_ inputs: [TensorSpec], sameFeatures: Bool = true) throws(CoreError) {
    let shapes = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
    guard (2...3).contains(inputs.count) else {
      throw CoreError(
        .shapeMismatch, "\(Self.kind): found inputs \(shapes), expected query and value, or query, value and key")
    }
    let (query, value, key) = (inputs[0], inputs[1], inputs.last!)
    let fits =
      inputs.allSatisfy { $0.rank == 3 } && value.shape[1] == key.shape[1]
      && (!sameFeatures || query.shape[2] == key.shape[2])
    guard fits else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found inputs \(shapes), expected [batch, steps, features], as many keys as values, and queries as "
          + "long as keys")
    }
  }
}
