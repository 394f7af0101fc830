internal import Data
internal import Layers
internal import Optimizers
internal import TensorCore

/// The compiled steps of a trainer, one per shape of batch and phase of the optimizer; few of them, those used last.
final class CompiledSteps {
  /// How many shapes of batches are remembered.
  private static let capacity = 4

  private struct Key: Equatable {
    let batch: BatchSpecs
    let phase: StepPhase
    let backends: [String]
    let threads: Int
  }

  /// A step, or why there is none.
  enum Choice {
    case compiled(CompiledStep)
    case firstOfItsShape
    case impossible(CoreError)

    var step: CompiledStep? {
      guard case .compiled(let step) = self else { return nil }
      return step
    }
  }

  private struct Entry {
    let key: Key
    let choice: Choice
  }

  /// Those used last come last.
  private var entries: [Entry] = []
  /// Shapes that came once, after the first.
  private var seen: [BatchSpecs] = []
  private var lastMeters: (targets: [TensorSpec], meters: Meters)?
  /// Of the last step, so that those of the next are written over them unless somebody keeps them.
  private var logs = Logs()

  func removeAll() {
    entries = []
    seen = []
    lastMeters = nil
    logs = Logs()
  }

  /// Whether a batch looks like those of the step that ran last.
  func lastFits(_ batch: Batch) -> Bool { entries.last?.key.batch.fits(batch) ?? false }

  /// The step for a batch like this.
  ///
  /// - Parameter isRequired: compiles for every shape at once.
  func step(for batch: Batch, _ meters: Meters, _ trainer: Trainer, isRequired: Bool) -> Choice {
    guard !(batch.inputs.contains { $0.trace != nil }), !(batch.targets.contains { $0.trace != nil }) else {
      return .impossible(Self.watchedBatch)
    }
    let (threads, phase) = (Execution.threads, trainer.nextPhase)
    // Another config, or optimizer of another rule, would have removed the entries.
    if let last = entries.last, last.key.batch.fits(batch), last.key.phase == phase, last.key.threads == threads,
      Execution.hasKernelSources(last.key.backends)
    {
      return last.choice
    }
    if let objection = Self.objection(trainer) { return .impossible(objection) }
    let key = Key(batch: BatchSpecs(batch), phase: phase, backends: Execution.kernelSources, threads: threads)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      let entry = entries.remove(at: index)
      entries.append(entry)
      return entry.choice
    }
    let isKnown = entries.contains { $0.key.batch == key.batch && $0.key.phase != phase }
    guard isRequired || isKnown || entries.isEmpty || seen.contains(key.batch) else {
      if seen.count == 16 { seen.removeFirst() }
      seen.append(key.batch)
      return .firstOfItsShape
    }
    let choice = compiled(key.batch, phase, meters, trainer)
    let capacity = Self.capacity * StepPhase.count(trainer.config.optimizer.ruleSettings)
    if entries.count == capacity { entries.removeFirst() }
    entries.append(Entry(key: key, choice: choice))
    return choice
  }

  /// Why no step is compiled, whatever the batch's shape.
  private static func objection(_ trainer: Trainer) -> CoreError? {
    let config = trainer.config
    guard trainer.compilableRule != nil else {
      let kind = type(of: config.optimizer.rule).kind
      return CoreError(.invalidArgument, "found optimizer \(kind), which is no CompilableOptimizer")
    }
    guard !trainer.memory.structure.hasRandomSizes else {
      return CoreError(.invalidArgument, "found a layer that draws the size of its output at every step")
    }
    guard config.extras["run_eagerly"]?.boolValue != true else {
      return CoreError(.invalidConfig, "found run_eagerly true in the training config")
    }
    return nil
  }

  private static let watchedBatch = CoreError(
    .invalidArgument, "found an input or target that a gradient tape or interpreter watches")

  private func compiled(_ batch: BatchSpecs, _ phase: StepPhase, _ meters: Meters, _ trainer: Trainer) -> Choice {
    let other = entries.lazy.compactMap(\.choice.step).first
    guard let optimizer = trainer.config.factoredOptimizer.rule as? any CompilableOptimizer else {
      return .impossible(CoreError(.invalidArgument, "found an optimizer that is no CompilableOptimizer"))
    }
    do throws(CoreError) {
      return .compiled(
        try CompiledStep(
          trainer.model, trainer.config, optimizer, trainer.state, phase, batch, meters, sharing: other))
    } catch {
      return .impossible(error)
    }
  }

  /// What the meters say of one step.
  func logs(_ meters: Meters, _ statistics: MeterState) -> Logs {
    meters.write(statistics, to: &logs)
    return logs
  }

  /// The meters of the trainer, for targets as the user gives them.
  func meters(_ trainer: Trainer, _ batch: Batch) throws(CoreError) -> Meters {
    let targets = batch.targets
    if let lastMeters, lastMeters.targets.elementsEqual(targets, by: { $0 == $1.spec }) { return lastMeters.meters }
    let specs = targets.map(\.spec)
    let meters = try trainer.meters(for: batch)
    lastMeters = (specs, meters)
    logs = Logs()
    return meters
  }
}

/// What a batch looks like.
struct BatchSpecs: Equatable {
  let inputs: [TensorSpec]
  let targets: [TensorSpec]
  let weights: [TensorSpec]

  init(_ batch: Batch) {
    (inputs, targets) = (batch.inputs.map(\.spec), batch.targets.map(\.spec))
    weights = batch.outputWeights.map(\.spec)
  }

  func fits(_ batch: Batch) -> Bool {
    inputs.elementsEqual(batch.inputs, by: { $0 == $1.spec })
      && targets.elementsEqual(batch.targets, by: { $0 == $1.spec })
      && weights.elementsEqual(batch.outputWeights, by: { $0 == $1.spec })
  }
}
