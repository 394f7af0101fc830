public import Data
internal import Layers
internal import Optimizers
public import Plan
public import TensorCore

extension Trainer {
  /// Trains on data in memory. Keras's `fit`.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per input of the model.
  ///   - targets: `[samples, ...]`, one per output.
  ///   - sampleWeights: `[samples]`; multiply the samples' losses.
  ///   - epochs: how often all samples are seen.
  ///   - batchSize: how many samples make one step.
  ///   - shuffle: whether every epoch has an order of its own, made from the trainer's seed.
  ///   - validationData: measured after every epoch.
  ///   - validationSplit: instead of `validationData`: this last part of the samples, taken off before shuffling.
  ///   - callbacks: called in this order.
  ///   - initialEpoch: where the count of epochs begins; `epochs` is where it ends.
  ///   - interruption: ends the training after the current batch once it is requested.
  ///   - compiled: whether steps are compiled (`trainStep(_:compiled:)`); the results are the same.
  /// - Throws: `CoreError` where the data does not fit the model, before anything is trained; what a callback throws.
  @discardableResult
  public func fit(
    inputs: [Tensor], targets: [Tensor], sampleWeights: Tensor? = nil, epochs: Int = 1, batchSize: Int = 32,
    shuffle: Bool = true, validationData: Batch? = nil, validationSplit: Double = 0, callbacks: [any Callback] = [],
    initialEpoch: Int = 0, interruption: Interruption? = nil, compiled: Compilation = .automatic
  ) throws -> History {
    var data = try dataset(
      inputs, targets, sampleWeights, batchSize: batchSize, shuffleSeed: shuffle ? seed : nil)
    var validation: TensorDataset?
    if let given = validationData {
      validation = try dataset(
        given.inputs, given.targets, given.sampleWeights, batchSize: batchSize, shuffleSeed: nil)
    } else if validationSplit != 0 {
      let parts = try data.split(validation: validationSplit)
      (data, validation) = (parts.training, parts.validation)
    }
    return try fit(
      data, epochs: epochs, validation: validation, callbacks: callbacks, initialEpoch: initialEpoch,
      interruption: interruption, compiled: compiled)
  }

  /// `fit` for a model with one input and one output.
  @discardableResult
  public func fit(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, epochs: Int = 1, batchSize: Int = 32,
    shuffle: Bool = true, validationData: (x: Tensor, y: Tensor)? = nil, validationSplit: Double = 0,
    callbacks: [any Callback] = [], initialEpoch: Int = 0, interruption: Interruption? = nil,
    compiled: Compilation = .automatic
  ) throws -> History {
    try fit(
      inputs: [x], targets: [y], sampleWeights: sampleWeights, epochs: epochs, batchSize: batchSize, shuffle: shuffle,
      validationData: validationData.map { Batch(inputs: [$0.x], targets: [$0.y]) },
      validationSplit: validationSplit, callbacks: callbacks, initialEpoch: initialEpoch, interruption: interruption,
      compiled: compiled)
  }

  /// Trains on batches from anywhere.
  ///
  /// - Parameters:
  ///   - source: the batches of every epoch.
  ///   - epochs: how often all batches are seen.
  ///   - validation: measured after every epoch.
  ///   - callbacks: called in this order.
  ///   - initialEpoch: where the count of epochs begins; `epochs` is where it ends.
  ///   - interruption: ends the training after the current batch once it is requested.
  ///   - compiled: whether steps are compiled (`trainStep(_:compiled:)`); the results are the same.
  @discardableResult
  public func fit(
    _ source: some BatchSource, epochs: Int = 1, validation: (any BatchSource)? = nil,
    callbacks: [any Callback] = [], initialEpoch: Int = 0, interruption: Interruption? = nil,
    compiled: Compilation = .automatic
  ) throws -> History {
    let run = TrainingRun(
      epochs: epochs, initialEpoch: initialEpoch, stepsPerEpoch: source.batchCount, hasValidation: validation != nil)
    var loop = FitLoop(trainer: self, run: run, callbacks: callbacks, interruption: interruption, compiled: compiled)
    return try loop.run(source, validation)
  }
}

/// One call of `fit`.
private struct FitLoop {
  let trainer: Trainer
  let run: TrainingRun
  let callbacks: [any Callback]
  let interruption: Interruption?
  let compiled: Compilation
  var history = History()
  var meters: Meters?

  init(
    trainer: Trainer, run: TrainingRun, callbacks: [any Callback], interruption: Interruption?, compiled: Compilation
  ) {
    (self.trainer, self.run, self.callbacks, self.interruption) = (trainer, run, callbacks, interruption)
    self.compiled = compiled
  }

  private var mustEnd: Bool { trainer.shouldStop || interruption?.isRequested == true }

  mutating func run(_ source: some BatchSource, _ validation: (any BatchSource)?) throws -> History {
    let clock = ContinuousClock()
    let start = clock.now
    trainer.shouldStop = false
    trainer.epochCount = max(trainer.epochCount, run.initialEpoch)
    history.initialEpoch = run.initialEpoch
    for callback in callbacks { try callback.trainingWillBegin(run, trainer) }
    for epoch in run.initialEpoch..<max(run.epochs, run.initialEpoch) where !mustEnd {
      try train(epoch, source, validation)
    }
    history.wasInterrupted = interruption?.isRequested == true
    history.wasStopped = trainer.shouldStop
    history.seconds = start.duration(to: clock.now).inSeconds
    for callback in callbacks { try callback.trainingDidEnd(history, trainer) }
    return history
  }

  private mutating func train(
    _ epoch: Int, _ source: some BatchSource, _ validation: (any BatchSource)?
  ) throws {
    for callback in callbacks { try callback.epochWillBegin(epoch, trainer) }
    let number = trainer.epochCount
    trainer.epochCount += 1
    let stream = try source.batches(epoch: number)
    var state: MeterState?
    var step = 0
    while !mustEnd, let batch = try stream.next() {
      let meters = try self.meters(for: batch)
      let statistics = try trainer.trainStep(batch, meters, compiled: compiled)
      if state == nil { state = statistics } else { state! += statistics }
      history.stepCount += 1
      if case .byOperation(let reason) = trainer.lastStepExecution, !history.uncompiledReasons.contains(reason) {
        history.uncompiledReasons.append(reason)
      }
      try report(epoch, step, batch, meters, statistics, running: state!)
      step += 1
    }
    guard let state, let meters else {
      if step == 0, !mustEnd { throw CoreError(.invalidData, "found no batches, expected at least one") }
      return
    }
    var logs = meters.logs(state)
    if let validation, !mustEnd {
      logs.merge(try trainer.evaluate(validation, epoch: 0), prefix: "val_")
    }
    history.epochs.append(logs)
    for callback in callbacks { try callback.epochDidEnd(epoch, logs, trainer) }
  }

  /// The targets' shapes decide what "accuracy" means; they are known from the first batch on.
  private mutating func meters(for batch: Batch) throws(CoreError) -> Meters {
    if let meters { return meters }
    let meters = try Meters(trainer.config, trainer.memory.structure, targets: batch.targets.map(\.spec))
    self.meters = meters
    return meters
  }

  private func report(
    _ epoch: Int, _ step: Int, _ batch: Batch, _ meters: Meters, _ statistics: MeterState, running: MeterState
  ) throws {
    guard !callbacks.isEmpty else { return }
    let report = BatchReport(
      epoch: epoch, step: step, stepsPerEpoch: run.stepsPerEpoch, iteration: trainer.memory.iterations,
      sampleCount: batch.sampleCount, logs: meters.logs(statistics), runningLogs: meters.logs(running))
    for callback in callbacks { try callback.batchDidEnd(report, trainer) }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
