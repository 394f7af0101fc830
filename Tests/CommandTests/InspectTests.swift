import TensorCore
import Testing

@Suite struct InspectTests {
  @Test(arguments: [("keras2", "2.15.0"), ("keras3", "3.")]) func aFileOfEitherKerasIsShown(
    _ folder: String, _ version: String
  ) throws {
    let result = try Program.run(["inspect", Samples.fixture("\(folder)/models/lenet5_adam.h5")], code: 0)
    #expect(result.output.contains("whole model, legacy HDF5"))
    #expect(result.lines.contains { $0.hasPrefix("Keras:") && $0.contains(version) })
    #expect(result.output.contains("Layer (type)") && result.output.contains("Trainable params: 61,706"))
    #expect(result.output.contains("optimizer:") && result.output.contains("Adam("))
    #expect(result.output.contains("categorical_crossentropy"))
    #expect(!result.output.contains("Weights:"))
  }

  @Test func weightsAreListedWithShapeAndType() throws {
    let result = try Program.run(["inspect", Samples.lenet, "--weights"], code: 0)
    #expect(result.lines.contains { $0.contains("[5, 5, 1, 6]") && $0.contains("float32") && $0.contains("kernel") })
  }

  @Test func programsReadTheSame() throws {
    let json = try Program.run(["inspect", Samples.lenet, "--json"], code: 0).json()
    #expect(json["parameters"]?["total"] == 61706)
    #expect(json["inputs"]?[0]?["shape"] == [nil, 28, 28, 1])
    #expect(json["outputs"]?[0]?["shape"] == [nil, 10])
    #expect(json["weights"]?.arrayValue?.count == 10)
    #expect(json["weights"]?[0]?["shape"] == [5, 5, 1, 6])
    #expect(json["training_config"]?["loss"] != nil)
    #expect(json["optimizer_weights"]?.arrayValue?.isEmpty == false)
  }

  @Test func aModelThatWasNeverCompiledSaysSo() throws {
    let folder = try Folder()
    try Samples.writeModel(to: folder.path("plain.h5"))
    #expect(try Program.run(["inspect", "plain.h5"], in: folder, code: 0).output.contains("never compiled"))
  }
}
