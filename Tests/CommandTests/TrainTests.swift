import Apus
import Foundation
import IO_HDF5
import Testing

@Suite struct TrainTests {
  static let lenet = [
    "train", "lenet5", "--x", "x.npy", "--y", "y.npy", "--loss", "sparse_categorical_crossentropy", "--optimizer",
    "adam:learning_rate=0.003", "--metric", "accuracy", "--seed", "4",
  ]

  @Test func aTrainedModelIsSavedInspectedEvaluatedAndUsed() throws {
    let folder = try Folder()
    try Samples.write(160, to: folder)
    let trained = try Program.run(
      Self.lenet + ["--epochs", "3", "--validation-split", "0.25", "--save", "out.h5", "--save-best", "best.h5"],
      in: folder, code: 0)
    #expect(trained.lines.filter { $0.hasPrefix("Epoch ") && $0.contains("val_accuracy") }.count == 3)
    #expect(trained.output.contains("out.h5") && trained.output.contains("best.h5"))

    let inspected = try Program.run(["inspect", "out.h5", "--json"], in: folder, code: 0).json()
    #expect(inspected["training_config"]?["loss"] == "sparse_categorical_crossentropy")
    #expect(inspected["optimizer_weights"]?.arrayValue?.count == 22)

    // What the file was compiled with is what it is measured by.
    let measured = try Program.run(
      ["evaluate", "out.h5", "--x", "x.npy", "--y", "y.npy", "--json"], in: folder, code: 0
    )
    .json()
    #expect(measured["samples"] == 160)
    let accuracy = try #require(measured["accuracy"]?.doubleValue)
    #expect(accuracy > 0.9)

    try Program.run(["predict", "out.h5", "--input", "x.npy", "--output", "p.npy"], in: folder, code: 0)
    let predicted = try NPY.read(folder.path("p.npy")).argMax().scalars(of: Int64.self)
    let labels = try NPY.read(folder.path("y.npy")).scalars(of: Int64.self)
    let correct = zip(predicted, labels).filter { $0 == $1 }.count
    #expect(abs(Double(correct) / 160 - accuracy) < 1e-6)
  }

  @Test func theLogHasALinePerStep() throws {
    let folder = try Folder()
    try Samples.write(70, to: folder)
    let arguments = Self.lenet + ["--epochs", "2", "--save", "out.h5", "--json"]
    let json = try Program.run(arguments + ["--log", "a.csv"], in: folder, code: 0).json()
    #expect(json["steps"] == 6 && json["interrupted"] == false && json["epochs"]?.arrayValue?.count == 2)
    let lines = try folder.text("a.csv").split(separator: "\n")
    #expect(lines.first == "step,loss,accuracy")
    #expect(lines.dropFirst().map { String($0.prefix(2)) } == ["1,", "2,", "3,", "4,", "5,", "6,"])
    for line in lines.dropFirst() { #expect(line.split(separator: ",").compactMap { Double($0) }.count == 3) }
    try Program.run(arguments + ["--log", "b.csv"], in: folder, code: 0)
    #expect(try folder.text("a.csv") == folder.text("b.csv"), "a seed repeats the run to the last digit")
    try Program.run(arguments + ["--log", "c.csv", "--no-shuffle"], in: folder, code: 0)
    #expect(try folder.text("a.csv") != folder.text("c.csv"))
  }

  @Test func sampleWeightsWeighTheLosses() throws {
    let folder = try Folder()
    try Samples.write(64, to: folder)
    for (name, value, count) in [("ones", 1.0, 64), ("zeros", 0.0, 64), ("few", 1.0, 63)] {
      try NPY.write(Tensor.full([count], value, dtype: .float64), to: folder.path("\(name).npy"))
    }
    let arguments = Self.lenet + ["--save", "out.h5", "--log"]
    try Program.run(arguments + ["plain.csv"], in: folder, code: 0)
    try Program.run(arguments + ["ones.csv", "--sample-weight", "ones.npy"], in: folder, code: 0)
    #expect(try folder.text("plain.csv") == folder.text("ones.csv"))
    try Program.run(arguments + ["zeros.csv", "--sample-weight", "zeros.npy"], in: folder, code: 0)
    let losses = try folder.text("zeros.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
    #expect(losses.allSatisfy { Double($0) == 0 })
    let failed = try Program.run(arguments + ["few.csv", "--sample-weight", "few.npy"], in: folder, code: 1)
    #expect(failed.errors.contains("few.npy") && failed.errors.contains("63") && failed.errors.contains("64"))
  }

  @Test func classAndLossWeightsWeighTheLosses() throws {
    let folder = try Folder()
    try Samples.write(64, to: folder)
    let arguments = Self.lenet + ["--save", "out.h5", "--log"]
    try Program.run(arguments + ["plain.csv"], in: folder, code: 0)
    let ones = "0=1,1=1,7=1"
    try Program.run(arguments + ["ones.csv", "--class-weight", ones, "--loss-weights", "1"], in: folder, code: 0)
    #expect(try folder.text("plain.csv") == folder.text("ones.csv"))
    let zeros = (0..<10).map { "\($0)=0" }.joined(separator: ",")
    for option in [["--class-weight", zeros], ["--loss-weights", "0"]] {
      try Program.run(arguments + ["zeros.csv"] + option, in: folder, code: 0)
      let losses = try folder.text("zeros.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
      #expect(losses.allSatisfy { Double($0) == 0 }, "\(option)")
    }
    for wrong in [
      ["--class-weight", "a=1"], ["--class-weight", "1"], ["--loss-weights", "x"], ["--loss-weights", "1,2"],
    ] {
      let failed = try Program.run(arguments + ["no.csv"] + wrong, in: folder, code: 1)
      #expect(failed.errors.contains("loss_weights") || failed.errors.contains(wrong[0]), "\(wrong): \(failed.errors)")
    }
  }

  @Test func aResumedTrainingIsTheSameAsOneThatWasNeverStopped() throws {
    let folder = try Folder()
    try Samples.write(64, to: folder)
    try Program.run(Self.lenet + ["--epochs", "3", "--save", "whole.h5", "--log", "whole.csv"], in: folder, code: 0)
    try Program.run(Self.lenet + ["--epochs", "1", "--save", "part.h5", "--log", "parts.csv"], in: folder, code: 0)
    try Program.run(
      Self.lenet + ["--epochs", "3", "--resume", "part.h5", "--save", "rest.h5", "--log", "parts.csv"], in: folder,
      code: 0)
    #expect(try folder.text("whole.csv") == folder.text("parts.csv"))
    let (whole, rest) = (
      try KerasFile(contentsOf: folder.path("whole.h5")), try KerasFile(contentsOf: folder.path("rest.h5"))
    )
    for (a, b) in zip(whole.model.weights.tensors, rest.model.weights.tensors) { #expect(difference(a, b) == 0) }
    #expect(whole.optimizerWeights.map(\.name) == rest.optimizerWeights.map(\.name))
  }

  @Test func aFileGoesOnWithItsOwnOptimizerAndItsState() throws {
    let folder = try Folder()
    try Samples.write(64, to: folder)
    try Program.run(Self.lenet + ["--save", "a.h5"], in: folder, code: 0)
    try Program.run(["train", "a.h5", "--x", "x.npy", "--y", "y.npy", "--save", "b.h5"], in: folder, code: 0)
    let (a, b) = (try KerasFile(contentsOf: folder.path("a.h5")), try KerasFile(contentsOf: folder.path("b.h5")))
    #expect(a.optimizerWeights[0].tensor.scalar(of: Int64.self) == 2)
    #expect(b.optimizerWeights[0].tensor.scalar(of: Int64.self) == 4)
    #expect(a.trainingConfig == b.trainingConfig)
  }

  @Test(arguments: ["2", "3"]) func filesAreWrittenForTheKerasThatIsAskedFor(_ version: String) throws {
    let folder = try Folder()
    try Samples.write(32, to: folder)
    try Program.run(Self.lenet + ["--save", "out.h5", "--keras-version", version], in: folder, code: 0)
    #expect(try KerasFile(contentsOf: folder.path("out.h5")).kerasVersion?.hasPrefix(version + ".") == true)
  }

  @Test func optimizersAndLossesMayBeKerasJSONInlineOrInAFile() throws {
    let folder = try Folder()
    try Samples.write(32, to: folder)
    let optimizer = """
      {"module": "keras.optimizers", "class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9},
       "registered_name": null}
      """
    try folder.write(Data(optimizer.utf8), "sgd.json")
    let loss = "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {\"from_logits\": false}}"
    var arguments = ["train", "lenet5", "--x", "x.npy", "--y", "y.npy", "--loss", loss, "--optimizer"]
    try Program.run(arguments + [optimizer, "--save", "a.h5"], in: folder, code: 0)
    try Program.run(arguments + ["@sgd.json", "--save", "b.h5"], in: folder, code: 0)
    arguments[7] = "sparse_categorical_crossentropy"
    try Program.run(arguments + ["sgd:learning_rate=0.05,momentum=0.9", "--save", "c.h5"], in: folder, code: 0)
    #expect(try folder.bytes("a.h5") == folder.bytes("b.h5"))
    let (a, c) = (try Model(contentsOf: folder.path("a.h5")), try Model(contentsOf: folder.path("c.h5")))
    for (x, y) in zip(a.weights.tensors, c.weights.tensors) { #expect(difference(x, y) == 0) }
  }

  @Test(arguments: [
    (["--optimizer", "adam:rate=0.1"], "rate"), (["--optimizer", "adam:learning_rate"], "key=value"),
    (["--optimizer", "walk"], "walk"), (["--optimizer", "@none.json"], "none.json"),
    (["--optimizer", "{"], "--optimizer"),
    (["--optimizer", "adam:learning_rate=fast"], "learning_rate"), (["--loss", "regret"], "regret"),
    (["--metric", "beauty"], "beauty"), (["--loss", "sparse_categorical_crossentropy:logits=true"], "logits"),
  ]) func whatIsNotKnownIsNamed(_ change: [String], _ word: String) throws {
    let folder = try Folder()
    try Samples.write(32, to: folder)
    var arguments = ["train", "lenet5", "--x", "x.npy", "--y", "y.npy", "--save", "out.h5"] + change
    if change[0] != "--optimizer" { arguments += ["--optimizer", "sgd"] }
    if change[0] != "--loss" { arguments += ["--loss", "sparse_categorical_crossentropy"] }
    let result = try Program.run(arguments, in: folder, code: 1)
    #expect(result.errors.contains(word))
    #expect(!folder.exists("out.h5"))
  }

  @Test func aModelThatWasNeverCompiledNeedsALossAndAnOptimizer() throws {
    let folder = try Folder()
    try Samples.write(32, to: folder)
    let data = ["--x", "x.npy", "--y", "y.npy"]
    #expect(try Program.run(["train", "lenet5"] + data, in: folder, code: 1).errors.contains("--loss"))
    let loss = ["--loss", "sparse_categorical_crossentropy"]
    #expect(try Program.run(["train", "lenet5"] + data + loss, in: folder, code: 1).errors.contains("--optimizer"))
  }

  @Test func theDigitsAreFoundInAFolderOrTheEnvironment() throws {
    let (folder, digits) = (try Folder(), try Folder())
    try Samples.writeMNIST(digits)
    let arguments = ["train", "mlp", "--dataset", "mnist", "--loss", "categorical_crossentropy", "--optimizer", "adam"]
    let byOption = try Program.run(
      arguments + ["--save", "a.h5", "--data", digits.url.path, "--json"], in: folder, code: 0
    ).json()
    #expect(byOption["epochs"]?[0]?["val_loss"] != nil)
    let byVariable = try Program.run(
      arguments + ["--save", "b.h5"], in: folder, environment: ["APUS_DATA": digits.url.path])
    #expect(byVariable.status == 0)
    #expect(try folder.bytes("a.h5") == folder.bytes("b.h5"))
    let measured = try Program.run(
      ["evaluate", "a.h5", "--dataset", "mnist", "--data", digits.url.path, "--metric", "accuracy", "--json"],
      in: folder, code: 0
    ).json()
    #expect(measured["samples"] == 60)
  }
}
