internal import Data
internal import Layers
internal import Optimizers
internal import TensorCore

/// The compiled steps of a trainer, one per shape of batch; few of them, those used last.
final class CompiledSteps {
  private static let capacity = 4

  private struct Key: Equatable {
    let batch: BatchSpecs
    let backends: [String]
    let threads: Int
  }

  private struct Entry {
    let key: Key
    /// nil: there is no plan for this case.
    let step: CompiledStep?
  }

  /// Those used last come last.
  private var entries: [Entry] = []
  /// Shapes that came once, after the first.
  private var seen: [BatchSpecs] = []
  private var lastMeters: (targets: [TensorSpec], meters: Meters)?

  func removeAll() {
    entries = []
    seen = []
    lastMeters = nil
  }

  /// Whether a batch looks like those of the step that ran last.
  func lastFits(_ batch: Batch) -> Bool { entries.last?.key.batch.fits(batch) ?? false }

  /// The step for a batch like this; nil where it is to be run operation by operation.
  func step(for batch: Batch, _ meters: Meters, _ trainer: Trainer) -> CompiledStep? {
    guard !(batch.inputs.contains { $0.trace != nil }), !(batch.targets.contains { $0.trace != nil })
    else { return nil }
    let (backends, threads) = (Execution.kernelSources, Execution.threads)
    // Another config, or optimizer of another rule, would have removed the entries.
    if let last = entries.last, last.key.batch.fits(batch), last.key.threads == threads, last.key.backends == backends {
      return last.step
    }
    let config = trainer.config
    guard let optimizer = config.optimizer as? any CompilableOptimizer, config.extras["run_eagerly"]?.boolValue != true
    else { return nil }
    let key = Key(batch: BatchSpecs(batch), backends: backends, threads: threads)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries.append(entries.remove(at: index))
      return entries.last?.step
    }
    guard entries.isEmpty || seen.contains(key.batch) else {
      if seen.count == 16 { seen.removeFirst() }
      seen.append(key.batch)
      return nil
    }
    let other = entries.lazy.compactMap(\.step).first
    let step = try? CompiledStep(
      trainer.model, config, optimizer, trainer.state, key.batch, meters, sharing: other)
    if entries.count == Self.capacity { entries.removeFirst() }
    entries.append(Entry(key: key, step: step))
    return step
  }

  /// The meters of the trainer, for targets as the user gives them.
  func meters(_ config: TrainingConfig, _ model: @autoclosure () -> Model, targets: [Tensor]) throws(CoreError)
    -> Meters
  {
    if let lastMeters, lastMeters.targets.elementsEqual(targets, by: { $0 == $1.spec }) { return lastMeters.meters }
    let specs = targets.map(\.spec)
    let meters = try Meters(config, model(), targets: specs)
    lastMeters = (specs, meters)
    return meters
  }
}

/// What a batch looks like.
struct BatchSpecs: Equatable {
  let inputs: [TensorSpec]
  let targets: [TensorSpec]
  let sampleWeights: TensorSpec?

  init(_ batch: Batch) {
    (inputs, targets) = (batch.inputs.map(\.spec), batch.targets.map(\.spec))
    sampleWeights = batch.sampleWeights?.spec
  }

  func fits(_ batch: Batch) -> Bool {
    inputs.elementsEqual(batch.inputs, by: { $0 == $1.spec })
      && targets.elementsEqual(batch.targets, by: { $0 == $1.spec }) && sampleWeights == batch.sampleWeights?.spec
  }
}
