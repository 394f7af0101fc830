public import Data
internal import Layers
public import Plan
public import TensorCore

extension Trainer {
  /// Loss and metrics on data in memory, in inference. Keras's `evaluate`. The states of stateful layers go on from batch to
  /// batch, here as in `fit`, and only `Model.resetStates` resets them.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per input of the model.
  ///   - targets: `[samples, ...]`, one per output.
  ///   - sampleWeights: `[samples]`; nil: every sample counts 1.
  ///   - outputWeights: instead, one tensor per output, `[samples]` or `[samples, steps]`.
  ///   - batchSize: how many samples are computed at once.
  ///   - compiled: false computes operation by operation, true is an error where there is no plan.
  /// - Returns: loss and metrics.
  /// - Throws: where the data does not fit the model.
  public func evaluate(
    inputs: [Tensor], targets: [Tensor], sampleWeights: Tensor? = nil, outputWeights: [Tensor] = [],
    batchSize: Int = 32, compiled: Compilation = .automatic
  ) throws(CoreError) -> Logs {
    let weights = try Self.weights(sampleWeights, outputWeights)
    return try evaluate(dataset(inputs, targets, weights, batchSize: batchSize, shuffleSeed: nil), compiled: compiled)
  }

  /// `evaluate` for a model with one input and one output.
  ///
  /// - Parameters:
  ///   - x: `[samples, ...]`
  ///   - y: `[samples, ...]`
  ///   - sampleWeights: `[samples]`; nil: every sample counts 1.
  ///   - batchSize: how many samples are computed at once.
  ///   - compiled: false computes operation by operation, true is an error where there is no plan.
  /// - Returns: loss and metrics.
  /// - Throws: where the data does not fit the model.
  public func evaluate(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, batchSize: Int = 32, compiled: Compilation = .automatic
  ) throws(CoreError) -> Logs {
    try evaluate(
      inputs: [x], targets: [y], sampleWeights: sampleWeights, batchSize: batchSize, compiled: compiled)
  }

  /// Loss and metrics on batches from anywhere.
  ///
  /// - Parameters:
  ///   - source: the batches.
  ///   - epoch: which of the source's epochs.
  ///   - compiled: false computes operation by operation, true is an error where there is no plan.
  /// - Returns: loss and metrics.
  /// - Throws: where the data does not fit the model.
  public func evaluate(
    _ source: any BatchSource, epoch: Int = 0, compiled: Compilation = .automatic
  ) throws(CoreError) -> Logs {
    try memory.structure.checkingData { () throws(CoreError) in try evaluated(source, epoch, compiled) }
  }

  private func evaluated(
    _ source: any BatchSource, _ epoch: Int, _ compiled: Compilation
  ) throws(CoreError) -> Logs {
    let stream = try source.batches(epoch: epoch)
    var found: (meters: Meters, state: MeterState)?
    var plan: CompiledTest?
    let pays = compiled == .required || (compiled == .automatic && source.batchCount.map { $0 > 1 } ?? true)
    while let batch = try stream.next() {
      let meters: Meters
      if let found {
        meters = found.meters
      } else {
        meters = try self.meters(for: batch)
      }
      var state = found?.state ?? meters.zero
      let prepared = try self.prepared(batch)
      if found == nil, pays {
        do throws(CoreError) {
          plan = try CompiledTest(model, config, prepared, meters)
        } catch {
          if compiled == .required { throw error }
        }
      }
      if compiled == .required, plan?.fits(prepared) == false {
        plan = try CompiledTest(model, config, prepared, meters)
      }
      let states = memory.structure.stateKeys.map { model.weights[$0] }
      if let result = try plan?.run(prepared, states: states) {
        store(result.states)
        state += result.statistics
      } else {
        try model.checkInference(prepared.inputs.map(\.spec))
        state += try testStep(prepared, meters)
      }
      found = (meters, state)
    }
    guard let found else { throw CoreError(.invalidData, "found no batches, expected at least one") }
    return found.meters.logs(found.state)
  }

  /// The model's outputs for any number of samples. Keras's `predict`: the states of stateful layers go on from call to
  /// call.
  public func predict(_ inputs: [Tensor], batchSize: Int = 32) throws(CoreError) -> [Tensor] {
    var model = memory.model
    let outputs = try model.advance(inputs, batchSize: batchSize)
    store(model.stateKeys.map { model.weights[$0] })
    return outputs
  }

  /// `predict` for a model with one input and one output.
  public func predict(_ x: Tensor, batchSize: Int = 32) throws(CoreError) -> Tensor {
    let outputs = try predict([x], batchSize: batchSize)
    guard outputs.count == 1 else {
      throw CoreError(.invalidArgument, "found \(outputs.count) outputs; call predict with a list", path: [model.name])
    }
    return outputs[0]
  }
}
