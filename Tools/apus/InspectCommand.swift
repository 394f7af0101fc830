import Apus
import ArgumentParser
import IO_HDF5

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what is in a model file.",
    discussion: """
      The kind of file and the version of Keras that it names, the layers as Keras's summary() prints them, and how \
      the model was being trained.

      EXAMPLE
        apus inspect lenet5.h5 --weights
      """)

  @Argument(help: "A model file (.h5).")
  var file: String

  @Flag(help: "List every weight with its shape and element type.")
  var weights = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let content = try KerasFile(contentsOf: file)
    output.print(json(content), text: text(content))
  }

  private static let kind = "whole model, legacy HDF5"

  private func text(_ content: KerasFile) -> String {
    var lines = [
      Console.table([
        ["File:", file], ["Kind:", Self.kind], ["Keras:", content.kerasVersion ?? "1 (the file names no version)"],
      ]), "", content.model.summary(optimizerWeights: content.optimizerWeights.map(\.tensor.spec)),
    ]
    let unread = content.model.unreadKeys
    if !unread.isEmpty { lines.append("Settings without effect here: \(unread.joined(separator: ", "))\n") }
    if weights { lines.append(weightTable(content) + "\n") }
    lines.append(training(content))
    return lines.joined(separator: "\n")
  }

  private func weightTable(_ content: KerasFile) -> String {
    var rows = content.model.weights.keys.map { key in
      ["\(key.spec.shape)", key.spec.dtype.rawValue, key.path + (key.isTrainable ? "" : " (not trained)")]
    }
    if !content.optimizerWeights.isEmpty { rows.append(["", "", ""]) }
    rows += content.optimizerWeights.map { weight in
      ["\(weight.tensor.shape)", weight.tensor.dtype.rawValue, "optimizer: " + weight.name]
    }
    return "Weights:\n" + Console.table(rows, indent: 2)
  }

  private func training(_ content: KerasFile) -> String {
    guard let config = content.trainingConfig else { return "Training: never compiled, so the file names no loss." }
    let keys = [
      ("optimizer_config", "optimizer"), ("loss", "loss"), ("loss_weights", "loss weights"), ("metrics", "metrics"),
      ("weighted_metrics", "weighted metrics"),
    ]
    let rows = keys.compactMap { key, label in
      config[key].flatMap { $0.isNull ? nil : [label + ":", $0.brief] }
    }
    let count = content.optimizerWeights.count
    let state = count == 0 ? "none" : "\(count) arrays, training can go on where it ended"
    return "Training:\n" + Console.table(rows + [["optimizer state:", state]], indent: 2)
  }

  private func json(_ content: KerasFile) -> JSON {
    var result: JSONObject = [
      "file": .string(file), "kind": .string(Self.kind),
      "keras_version": content.kerasVersion.map(JSON.string) ?? .null,
    ]
    for (key, value) in content.model.json { result[key] = value }
    result["weights"] = .array(
      content.model.weights.keys.map { key in
        var weight = JSON.weight(key.path, key.spec).objectValue ?? [:]
        weight["trainable"] = .bool(key.isTrainable)
        return .object(weight)
      })
    result["unread_keys"] = .array(content.model.unreadKeys.map { .string($0) })
    result["training_config"] = content.trainingConfig ?? .null
    result["optimizer_weights"] = .array(content.optimizerWeights.map { .weight($0.name, $0.tensor.spec) })
    return .object(result)
  }
}
