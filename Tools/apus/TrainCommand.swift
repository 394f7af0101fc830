import Apus
import ArgumentParser
import IO_HDF5

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model.",
    discussion: """
      MODEL is a file, whose training goes on with its optimizer's state, or a model of the zoo (lenet5).

      \(ObjectiveOptions.forms)

      The data set mnist trains on its 60,000 training digits and validates on its 10,000 test digits. Ctrl-C ends the \
      training after the current batch and saves as always; a second Ctrl-C ends the program at once.

      EXAMPLE
        apus train lenet5 --dataset mnist --epochs 5 \\
          --loss sparse_categorical_crossentropy --metric accuracy \\
          --optimizer adam --log steps.csv --save lenet5.h5
      """)

  @Argument(help: "A model file (.h5) or a model of the zoo.")
  var model: String

  @OptionGroup var data: DataOptions
  @OptionGroup var objective: ObjectiveOptions

  @Option(help: ArgumentHelp("How weights follow their gradients.", valueName: "optimizer"))
  var optimizer: String?

  @Option(
    help: ArgumentHelp("An array with a weight for every sample, by which its loss counts.", valueName: "w.npy"))
  var sampleWeight: String?

  @Option(
    help: ArgumentHelp(
      "What the losses of a class's samples are multiplied with (0=0.5,2=3); other classes count 1. For models with one "
        + "output, and not with --sample-weight.", valueName: "class=weight,…"))
  var classWeight: String?

  @Option(help: ArgumentHelp("How often all samples are seen.", valueName: "n"))
  var epochs = 1

  @Option(help: ArgumentHelp("How many samples make one step.", valueName: "n"))
  var batchSize = 32

  @Flag(name: .customLong("no-shuffle"), help: "Take the samples in their order, not in a new one every epoch.")
  var keepsOrder = false

  @Option(help: ArgumentHelp("Validate on this last part of the samples instead of training on it.", valueName: "0…1"))
  var validationSplit = 0.0

  @Option(help: ArgumentHelp("The seed of fresh weights, shuffling and dropout.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Write loss and metrics of every step to this file.", valueName: "steps.csv"))
  var log: String?

  @Option(help: ArgumentHelp("Write the trained model to this file.", valueName: "out.h5"))
  var save: String?

  @Option(
    help: ArgumentHelp("After every epoch that is the best so far, write the model to this file.", valueName: "best.h5")
  )
  var saveBest: String?

  @OptionGroup var dialect: DialectOptions

  @Option(
    help: ArgumentHelp(
      "Go on from a file that an earlier run of the same training saved; --epochs counts from that run's beginning.",
      valueName: "checkpoint.h5"))
  var resume: String?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if epochs < 1 { throw ValidationError("found --epochs \(epochs), expected 1 or more") }
    if batchSize < 1 { throw ValidationError("found --batch-size \(batchSize), expected 1 or more") }
    if !(0..<1).contains(validationSplit) {
      throw ValidationError("found --validation-split \(validationSplit), expected 0 or more and below 1")
    }
  }

  func run() throws {
    try compute.run {
      try OutputFile.check(save, saveBest, log)
      var file = try startingPoint()
      let config = try trainingConfig(of: file)
      if optimizer != nil, resume == nil { file.optimizerWeights = [] }
      file.trainingConfig = .object(config)
      let trainer = try Trainer(file: file, seed: seed)
      try checkSettings(trainer)
      let batch = try data.batch(.training, for: file.model, config)
      try train(trainer, batch, config)
    }
  }

  // MARK: Model

  /// The model with whatever training the file says.
  private func startingPoint() throws(CoreError) -> KerasFile {
    let start = try ModelSource.file(model, seed: seed)
    guard let resume else { return start }
    let checkpoint = try KerasFile(contentsOf: resume)
    let (found, expected) = (checkpoint.model.weights.keys.map(\.spec), start.model.weights.keys.map(\.spec))
    guard found == expected else {
      throw CoreError(
        .shapeMismatch, "found the weights of another model than \(model), expected a file of the same training",
        path: [resume])
    }
    return checkpoint
  }

  private func trainingConfig(of file: KerasFile) throws(CoreError) -> JSONObject {
    var config = try objective.config(over: file.trainingConfig)
    if let optimizer { config["optimizer_config"] = try Settings.json(optimizer, option: "--optimizer") }
    guard config["optimizer_config"] != nil else {
      throw CoreError(.invalidArgument, "found no optimizer, neither in the file nor as --optimizer; expected one")
    }
    return config
  }

  /// Files may hold settings that this version does not know; what somebody types is meant.
  private func checkSettings(_ trainer: Trainer) throws(CoreError) {
    if let optimizer {
      let known = try trainer.optimizer.settingNames()
      try Settings.check(optimizer, known, option: "--optimizer")
    }
    try objective.check(trainer.config)
  }

  // MARK: Training

  private func train(_ trainer: Trainer, _ batch: Batch, _ config: JSONObject) throws {
    let validation =
      data.dataset != nil && validationSplit == 0 ? try data.batch(.test, for: trainer.model, config) : nil
    let hasValidation = validation != nil || validationSplit > 0
    let initialEpoch = resume == nil ? 0 : epochsDone(trainer, sampleCount: batch.sampleCount)
    if initialEpoch >= epochs {
      Console.note("note: \(initialEpoch) epochs are done already, --epochs asks for no more")
    }
    var callbacks: [any Callback] = [progress]
    let best = BestCheckpoint(saveBest, hasValidation: hasValidation, dialect: dialect.dialect)
    callbacks.append(best)
    let log = try log.map { path in try StepLog(path, appending: resume != nil) }
    if let log { callbacks.append(log) }
    if save == nil, saveBest == nil { Console.note("note: neither --save nor --save-best, the result will be lost") }
    InterruptKey.endsTraining()
    let history = try trainer.fit(
      inputs: batch.inputs, targets: batch.targets, sampleWeights: try sampleWeights(batch.sampleCount),
      classWeights: try classWeights(), epochs: epochs, batchSize: batchSize, shuffle: !keepsOrder,
      validationData: validation,
      validationSplit: validationSplit, callbacks: callbacks, initialEpoch: initialEpoch,
      interruption: .program)
    if let save { try trainer.kerasFile(dialect.dialect).write(to: save, dialect: dialect.dialect) }
    report(history, best)
  }

  private func sampleWeights(_ sampleCount: Int) throws(CoreError) -> Tensor? {
    guard let path = sampleWeight else { return nil }
    let weights = try NPY.read(path, rank: 1)
    guard weights.elementCount == sampleCount else {
      throw CoreError(
        .shapeMismatch, "found \(weights.elementCount) sample weights, expected \(sampleCount)", path: [path])
    }
    return weights.cast(to: .float32)
  }

  private func classWeights() throws(CoreError) -> [Int: Double] {
    guard let classWeight else { return [:] }
    var weights: [Int: Double] = [:]
    for (name, weight) in try Settings.numbers(classWeight, option: "--class-weight") {
      guard let number = Int(name), number >= 0 else {
        throw CoreError(.invalidArgument, "--class-weight: found class \"\(name)\", expected a number from 0")
      }
      weights[number] = weight
    }
    return weights
  }

  /// How many epochs a checkpoint has behind it, by its optimizer's count of steps.
  private func epochsDone(_ trainer: Trainer, sampleCount: Int) -> Int {
    let count = sampleCount - (validationSplit > 0 ? Int(Double(sampleCount) * validationSplit) : 0)
    return trainer.state.iterations / max(1, (count + batchSize - 1) / batchSize)
  }

  /// A bar for somebody who watches, otherwise one line an epoch among the results.
  private var progress: ProgressBar {
    let isQuiet = output.json
    return ProgressBar(isTerminal: Console.isWatched) { text in
      if Console.isWatched { Console.write(text) } else if !isQuiet { Console.printNow(text) }
    }
  }

  private func report(_ history: History, _ best: BestCheckpoint) {
    var json: JSONObject = [
      "epochs": .array(history.epochs.map { .object($0.json) }), "steps": .integer(history.stepCount),
      "seconds": .number(history.seconds), "interrupted": .bool(history.wasInterrupted),
      "not_compiled_because": .array(history.uncompiledReasons.map { .string($0) }),
    ]
    for reason in history.uncompiledReasons { Console.note("note: steps ran operation by operation: \(reason)") }
    var lines: [String] = []
    if let logs = history.epochs.last, Console.isWatched {
      lines.append(logs.entries.map { "\($0.name): \($0.value.short)" }.joined(separator: "  "))
    }
    if let save {
      json["saved"] = .string(save)
      lines.append("Saved the last weights as \(save).")
    }
    if let path = best.path {
      json["saved_best"] = best.epoch == nil ? .null : .string(path)
      json["best_epoch"] = best.epoch.map { .integer($0 + 1) } ?? .null
      lines.append(
        best.epoch.map { "Saved the best weights, of epoch \($0 + 1), as \(path)." } ?? "Nothing was the best.")
    }
    output.print(.object(json), text: lines.joined(separator: "\n"))
  }
}
