import Apus
import ArgumentParser
import IO_HDF5

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model's loss and metrics on data.",
    discussion: """
      \(ObjectiveOptions.forms) The data set mnist means its 10,000 test digits.

      EXAMPLE
        apus evaluate lenet5.h5 --dataset mnist
      """)

  @Argument(help: "A model file (.h5).")
  var model: String

  @OptionGroup var data: DataOptions
  @OptionGroup var objective: ObjectiveOptions

  @Option(help: ArgumentHelp("How many samples are computed at once.", valueName: "n"))
  var batchSize = 32

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if batchSize < 1 { throw ValidationError("found --batch-size \(batchSize), expected 1 or more") }
  }

  func run() throws {
    try compute.run {
      var file = try KerasFile(contentsOf: model)
      var config = try objective.config(over: file.trainingConfig)
      // Nothing is trained here: whatever optimizer the file names, known or not, takes no part.
      config["optimizer_config"] = "sgd"
      (file.trainingConfig, file.optimizerWeights) = (.object(config), [])
      let trainer = try Trainer(file: file)
      try objective.check(trainer.config)
      let batch = try data.batch(.test, for: file.model, config)
      let logs = try trainer.evaluate(inputs: batch.inputs, targets: batch.targets, batchSize: batchSize)
      var json = logs.json
      json["samples"] = .integer(batch.sampleCount)
      output.print(.object(json), text: Console.table(logs.entries.map { [$0.name + ":", $0.value.short] }))
    }
  }
}

extension Logs {
  var json: JSONObject { JSONObject(entries.map { ($0.name, JSON.number($0.value)) }) }
}
