public import Plan
public import TensorCore

// Stateful layers in a model that is a value: the states lie among the model's weights. Training steps and evaluations of a
// trainer store them in its model; `predict` and `infer` begin from them and change nothing, so that many threads can use one
// model; `advance` is the prediction that goes on.
extension Model {
  /// Whether a layer keeps something from batch to batch.
  public var isStateful: Bool { !stateKeys.isEmpty }

  /// Sets the states of stateful layers to zeros. Keras: `reset_states`; as there, nothing does so by itself.
  ///
  /// - Parameter layer: the name of the layer whose states are meant, with those of the layers inside it; nil: all.
  /// - Throws: `invalidArgument` where no layer of the name keeps states.
  public mutating func resetStates(of layer: String? = nil) throws(CoreError) {
    let keys = stateKeys.filter { key in layer.map { key.path.hasPrefix($0 + "/") } ?? true }
    if let layer, keys.isEmpty {
      throw CoreError(
        .invalidArgument, "found no stateful layer \"\(layer)\", expected one of the model's", path: [name])
    }
    for key in keys { weights[key] = Tensor.zeros(key.spec.shape, dtype: key.spec.dtype) }
  }

  /// `predict` as Keras has it where layers are stateful: the model keeps the states in which the last batch ended, and the
  /// next call goes on from them.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]` each, in the order of `self.inputs`; a sample of each batch continues the one at the same
  ///     place of the batch before.
  ///   - batchSize: how many samples are computed at once; for a stateful model what its inputs say.
  ///   - compiled: as in `predict`.
  ///   - precision: as in `predict`.
  /// - Returns: `[samples, ...]` each, in the order of the model's outputs.
  /// - Throws: what `predict` throws, and `shapeMismatch` where a batch of a stateful model has another size.
  public mutating func advance(
    _ inputs: [Tensor], batchSize: Int, compiled: Compilation = .automatic, precision: Precision = .float32
  ) throws(CoreError) -> [Tensor] {
    guard isStateful else {
      return try predict(inputs, batchSize: batchSize, compiled: compiled, precision: precision)
    }
    try checkInputs(inputs.map(\.spec))
    let count = inputs.first?.shape[0] ?? 0
    var batches: [[Tensor]] = []
    for start in stride(from: 0, to: max(count, 1), by: max(batchSize, 1)) {
      let rows = start..<min(start + max(batchSize, 1), count)
      try checkBatchSize(rows.count)
      let batch = count == rows.count ? inputs : inputs.map { $0.aliasedRows(rows) }
      let results = try stepped(batch, compiled, precision)
      batches.append(Array(results.dropLast(stateKeys.count)))
      for (key, state) in zip(stateKeys, results.suffix(stateKeys.count)) { weights[key] = state }
    }
    guard batches.count > 1 else { return batches[0] }
    return batches[0].indices.map { output in Tensor.concatenate(batches.map { $0[output] }, axis: 0) }
  }

  /// `advance` by one batch, for a model with one input and one output.
  ///
  /// - Parameter input: `[samples, ...]`, as many as the model's input says.
  /// - Returns: `[samples, ...]`
  /// - Throws: what `advance` throws.
  public mutating func advance(_ input: Tensor) throws(CoreError) -> Tensor {
    try advance([input], batchSize: max(input.rank > 0 ? input.shape[0] : 1, 1))[0]
  }

  /// Throws unless a stateful model takes batches of so many samples.
  package func checkBatchSize(_ count: Int) throws(CoreError) {
    guard isStateful, let batchSize, batchSize != count else { return }
    throw CoreError(
      .shapeMismatch,
      "found a batch of \(count) samples, expected \(batchSize): stateful layers keep a state for each", path: [name])
  }

  /// The outputs of one batch, then the states.
  private func stepped(
    _ batch: [Tensor], _ compiled: Compilation, _ precision: Precision
  ) throws(CoreError) -> [Tensor] {
    let states = stateKeys.map { weights[$0] }
    let isWatched = (batch + weights.tensors).contains { $0.trace != nil }
    if compiled != .never, !isWatched {
      switch try plans.plan(for: (batch + states).map(\.spec), precision, of: self) {
      case .success(let plan): return try plan.run(batch + states)
      case .failure(let error): if compiled == .required || precision != .float32 { throw error.inside(name) }
      }
    } else if compiled == .required || precision != .float32 {
      throw CoreError(
        .invalidArgument, "found a prediction without a plan, expected precision float32 and compiled automatic",
        path: [name])
    }
    return stepping(batch + states)
  }

  /// The model as a function of inputs and states to outputs and states; without states the model as it is.
  package func stepping(_ arguments: [Tensor]) -> [Tensor] {
    var context = CallContext(weights: weights)
    for (key, state) in zip(stateKeys, arguments.suffix(stateKeys.count)) { context.weights[key] = state }
    let outputs = self(Array(arguments.dropLast(stateKeys.count)), &context)
    return outputs + stateKeys.map { context.weights[$0] }
  }

  /// The weights without the states: what a plan depends on.
  var parameters: [Tensor] {
    guard isStateful else { return weights.tensors }
    let states = Set(stateKeys.map(\.slot))
    return weights.tensors.indices.filter { !states.contains($0) }.map { weights.tensors[$0] }
  }
}
