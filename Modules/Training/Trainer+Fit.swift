public import Data
internal import Layers
internal import Optimizers
public import Plan
public import TensorCore

extension Trainer {
  /// Trains on data in memory. Keras's `fit`. Where the optimizer keeps averages of the weights, these are the weights
  /// afterwards.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per input of the model.
  ///   - targets: `[samples, ...]`, one per output.
  ///   - sampleWeights: `[samples]`; multiply the samples' losses.
  ///   - outputWeights: instead, one tensor per output, `[samples]` or `[samples, steps]`.
  ///   - classWeights: instead, what the losses of a class's samples are multiplied with, by its number; others count 1.
  ///     Of targets that are one-hot, the largest number is the class.
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
    inputs: [Tensor], targets: [Tensor], sampleWeights: Tensor? = nil, outputWeights: [Tensor] = [],
    classWeights: [Int: Double] = [:], epochs: Int = 1, batchSize: Int = 32,
    shuffle: Bool = true, validationData: Batch? = nil, validationSplit: Double = 0, callbacks: [any Callback] = [],
    initialEpoch: Int = 0, interruption: Interruption? = nil, compiled: Compilation = .automatic
  ) throws -> History {
    var data = try dataset(
      inputs, targets, Self.weights(sampleWeights, outputWeights), batchSize: batchSize,
      shuffleSeed: shuffle ? seed : nil)
    var validation: TensorDataset?
    if let given = validationData {
      validation = try dataset(
        given.inputs, given.targets, given.outputWeights, batchSize: batchSize, shuffleSeed: nil)
    } else if validationSplit != 0 {
      let parts = try data.split(validation: validationSplit)
      (data, validation) = (parts.training, parts.validation)
    }
    return try fit(
      data, classWeights: classWeights, epochs: epochs, validation: validation, callbacks: callbacks,
      initialEpoch: initialEpoch, interruption: interruption, compiled: compiled)
  }

  /// `fit` for a model with one input and one output.
  @discardableResult
  public func fit(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, classWeights: [Int: Double] = [:], epochs: Int = 1,
    batchSize: Int = 32, shuffle: Bool = true, validationData: (x: Tensor, y: Tensor)? = nil,
    validationSplit: Double = 0,
    callbacks: [any Callback] = [], initialEpoch: Int = 0, interruption: Interruption? = nil,
    compiled: Compilation = .automatic
  ) throws -> History {
    try fit(
      inputs: [x], targets: [y], sampleWeights: sampleWeights, classWeights: classWeights, epochs: epochs,
      batchSize: batchSize, shuffle: shuffle,
      validationData: validationData.map { Batch(inputs: [$0.x], targets: [$0.y]) },
      validationSplit: validationSplit, callbacks: callbacks, initialEpoch: initialEpoch, interruption: interruption,
      compiled: compiled)
  }

  /// Trains on batches from anywhere.
  ///
  /// - Parameters:
  ///   - source: the batches of every epoch.
  ///   - classWeights: what the losses of a class's samples are multiplied with, by its number; others count 1.
  ///   - epochs: how often all batches are seen.
  ///   - validation: measured after every epoch.
  ///   - callbacks: called in this order.
  ///   - initialEpoch: where the count of epochs begins; `epochs` is where it ends.
  ///   - interruption: ends the training after the current batch once it is requested.
  ///   - compiled: whether steps are compiled (`trainStep(_:compiled:)`); the results are the same.
  @discardableResult
  public func fit(
    _ source: some BatchSource, classWeights: [Int: Double] = [:], epochs: Int = 1,
    validation: (any BatchSource)? = nil, callbacks: [any Callback] = [], initialEpoch: Int = 0,
    interruption: Interruption? = nil, compiled: Compilation = .automatic
  ) throws -> History {
    guard classWeights.isEmpty else {
      let weights = try ClassWeights(classWeights, memory.structure)
      return try fit(
        source.map { batch in try weights.applied(to: batch) }, epochs: epochs, validation: validation,
        callbacks: callbacks, initialEpoch: initialEpoch, interruption: interruption, compiled: compiled)
    }
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
    let startTime = clock.now
    trainer.shouldStop = false
    trainer.epochCount = max(trainer.epochCount, run.initialEpoch)
    trainer.position = nil
    for callback in callbacks { try callback.trainingWillBegin(run, trainer) }
    var start = trainer.position ?? TrainingPosition(epoch: run.initialEpoch, order: trainer.epochCount)
    history.initialEpoch = start.epoch
    for epoch in start.epoch..<max(run.epochs, start.epoch) where !mustEnd {
      start.epoch = epoch
      try train(from: start, source, validation)
      start = TrainingPosition(epoch: epoch + 1, order: trainer.epochCount)
    }
    if run.epochs > run.initialEpoch { trainer.overwriteWeightsWithAverages() }
    history.wasInterrupted = interruption?.isRequested == true
    history.wasStopped = trainer.shouldStop
    history.seconds = startTime.duration(to: clock.now).inSeconds
    for callback in callbacks { try callback.trainingDidEnd(history, trainer) }
    return history
  }

  private mutating func train(
    from start: TrainingPosition, _ source: some BatchSource, _ validation: (any BatchSource)?
  ) throws {
    let epoch = start.epoch
    for callback in callbacks { try callback.epochWillBegin(epoch, trainer) }
    trainer.epochCount = start.order + 1
    let stream = try source.batches(epoch: start.order)
    for step in 0..<start.step {
      guard let batch = try stream.next() else {
        throw CoreError(
          .invalidData, "found \(step) batches, expected \(start.step) at least: the backup is of other data")
      }
      _ = try meters(for: batch)
    }
    if let state = start.state, let meters, !state.hasForm(of: meters.zero) {
      throw CoreError(.invalidData, "found a backup with other metrics, expected those of this training")
    }
    let (state, isWhole) = try train(on: stream, from: start)
    guard let state, let meters else {
      if start.step == 0, isWhole { throw CoreError(.invalidData, "found no batches, expected at least one") }
      return
    }
    var logs = meters.logs(state)
    let isDone = isWhole && (validation == nil || !mustEnd)
    if let validation, !mustEnd { logs.merge(try validated(epoch, validation), prefix: "val_") }
    for callback in callbacks { try callback.epochWillEnd(epoch, &logs, trainer) }
    history.epochs.append(logs)
    if isDone { trainer.position = TrainingPosition(epoch: epoch + 1, order: trainer.epochCount) }
    for callback in callbacks { try callback.epochDidEnd(epoch, logs, trainer) }
  }

  /// What the meters have seen of the epoch, and whether that is all of it.
  private mutating func train(
    on stream: BatchStream, from start: TrainingPosition
  ) throws -> (state: MeterState?, isWhole: Bool) {
    var position = start
    while !mustEnd {
      guard let batch = try stream.next() else { return (position.state, true) }
      for callback in callbacks { try callback.batchWillBegin(start.epoch, position.step, trainer) }
      let meters = try self.meters(for: batch)
      let statistics = try trainer.trainStep(batch, meters, compiled: compiled)
      if position.state == nil { position.state = statistics } else { position.state! += statistics }
      position.step += 1
      history.stepCount += 1
      if case .byOperation(let reason) = trainer.lastStepExecution, !history.uncompiledReasons.contains(reason) {
        history.uncompiledReasons.append(reason)
      }
      try report(position, batch, meters, statistics)
    }
    return (position.state, false)
  }

  private func validated(_ epoch: Int, _ validation: any BatchSource) throws -> Logs {
    for callback in callbacks { try callback.validationWillBegin(epoch, trainer) }
    let logs = try trainer.evaluate(validation, epoch: 0)
    for callback in callbacks { try callback.validationDidEnd(epoch, logs, trainer) }
    return logs
  }

  /// The targets' shapes decide what "accuracy" means; they are known from the first batch on.
  private mutating func meters(for batch: Batch) throws(CoreError) -> Meters {
    if let meters { return meters }
    let meters = try trainer.meters(for: batch)
    self.meters = meters
    return meters
  }

  private func report(
    _ position: TrainingPosition, _ batch: Batch, _ meters: Meters, _ statistics: MeterState
  ) throws {
    guard !callbacks.isEmpty, let state = position.state else { return }
    trainer.position = position
    let report = BatchReport(
      epoch: position.epoch, step: position.step - 1, stepsPerEpoch: run.stepsPerEpoch,
      iteration: trainer.memory.iterations, sampleCount: batch.sampleCount, logs: meters.logs(statistics),
      runningLogs: meters.logs(state))
    for callback in callbacks { try callback.batchDidEnd(report, trainer) }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
