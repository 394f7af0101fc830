import Apus
import ArgumentParser
import IO_HDF5

struct ZooCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Lists the models that come with Apus, shows one, or saves it untrained.",
    discussion: """
      EXAMPLE
        apus zoo lenet5 --save untrained.h5
      """)

  @Argument(help: "A model of the zoo.")
  var name: String?

  @Option(help: ArgumentHelp("Write the model, with fresh weights, to this file.", valueName: "file.h5"))
  var save: String?

  @Option(help: ArgumentHelp("The seed of the fresh weights.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var dialect: DialectOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if save != nil, name == nil { throw ValidationError("--save needs the name of a model: apus zoo lenet5 --save …") }
  }

  func run() throws {
    guard let name else { return try list() }
    let entry = try Zoo.model(named: name)
    let model = try entry.model(seed: seed)
    if let save { try model.write(to: save, dialect: dialect.dialect) }
    var json = model.json
    json["summary"] = .string(entry.summary)
    output.print(.object(json), text: "\(entry.name): \(entry.summary)\n\n" + model.summary())
    if let save, !output.json { print("Saved as \(save).") }
  }

  private func list() throws(CoreError) {
    var rows: [[String]] = []
    var json: [JSON] = []
    for entry in Zoo.models {
      let count = entry.parameterCount
      rows.append([entry.name, "\(count) parameters", entry.summary])
      json.append(
        ["name": .string(entry.name), "parameters": .integer(count), "summary": .string(entry.summary)])
    }
    output.print(.array(json), text: Console.table(rows))
  }
}
