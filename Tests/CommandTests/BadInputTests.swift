import Apus
import Foundation
import IO_HDF5
import Testing

/// What is wrong with a file or an argument is said in one line that names it, with exit code 1.
@Suite struct BadInputTests {
  /// Every way to read a model, with data that would fit.
  static let readers = [
    ["inspect", "m.h5"], ["predict", "m.h5", "--input", "x.npy", "--output", "p.npy"],
    ["evaluate", "m.h5", "--x", "x.npy", "--y", "y.npy", "--loss", "sparse_categorical_crossentropy"],
    [
      "train", "m.h5", "--x", "x.npy", "--y", "y.npy", "--loss", "sparse_categorical_crossentropy", "--optimizer",
      "sgd",
      "--save", "out.h5",
    ],
  ]

  private func folder() throws -> Folder {
    let folder = try Folder()
    try NPY.write(Tensor((0..<24).map { Float($0) / 24 }, [6, 4]), to: folder.path("x.npy"))
    try NPY.write(Tensor([0, 1, 2, 0, 1, 2] as [Int64]), to: folder.path("y.npy"))
    return folder
  }

  /// The message, after checking that it is one, and that nothing was made.
  private func failure(
    _ arguments: [String], in folder: Folder, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let before = try folder.names()
    let result = try Program.run(arguments, in: folder, code: 1, sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("apus: error: "), sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    #expect(try folder.names() == before, "left something behind", sourceLocation: sourceLocation)
    return result.errors
  }

  // MARK: Model files

  @Test(arguments: readers) func theModelsOfTheseTestsWouldDo(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    try Program.run(reader, in: folder, code: 0)
  }

  @Test(arguments: readers) func aMissingFile(_ reader: [String]) throws {
    let message = try failure(reader, in: folder())
    #expect(message.contains("m.h5") && message.contains("no such file"))
  }

  @Test(arguments: readers) func aFileThatIsNotHDF5(_ reader: [String]) throws {
    let folder = try folder()
    try folder.write(Data("these are no weights".utf8), "m.h5")
    let message = try failure(reader, in: folder)
    #expect(message.contains("m.h5") && message.contains("HDF5"))
  }

  @Test(arguments: readers) func anEmptyFileAndAFolder(_ reader: [String]) throws {
    let folder = try folder()
    try folder.write(Data(), "m.h5")
    #expect(try failure(reader, in: folder).contains("m.h5"))
    try FileManager.default.removeItem(atPath: folder.path("m.h5"))
    try FileManager.default.createDirectory(atPath: folder.path("m.h5"), withIntermediateDirectories: false)
    #expect(try failure(reader, in: folder).contains("m.h5"))
  }

  @Test func aFileThatIsTruncatedAnywhere() throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("whole.h5"))
    let whole = try folder.bytes("whole.h5")
    for part in 0..<20 {
      try folder.write(whole.prefix(whole.count * part / 20), "m.h5")
      #expect(try failure(Self.readers[part % Self.readers.count], in: folder).contains("m.h5"), "part \(part)")
    }
  }

  @Test(arguments: readers) func anHDF5FileWithoutAModel(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"), config: { _ in nil })
    let message = try failure(reader, in: folder)
    #expect(message.contains("m.h5") && message.contains("model_config"))
  }

  @Test(arguments: readers) func aConfigThatIsNoJSON(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"), config: { String($0.dropLast(9)) })
    #expect(try failure(reader, in: folder).contains("m.h5"))
  }

  @Test(arguments: readers) func anUnknownLayerClass(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(
      to: folder.path("m.h5"),
      config: { $0.replacingOccurrences(of: "\"class_name\": \"Dense\"", with: "\"class_name\": \"Denser\"") })
    let message = try failure(reader, in: folder)
    #expect(message.contains("m.h5") && message.contains("Denser"))
  }

  @Test(arguments: readers) func aWeightOfTheWrongShape(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(
      to: folder.path("m.h5"),
      weight: { path, tensor in path.hasSuffix("dense_1/kernel") ? Tensor.zeros([5, 4], dtype: .float32) : tensor })
    let message = try failure(reader, in: folder)
    for part in ["m.h5", "dense_1", "[5, 4]", "[5, 3]"] { #expect(message.contains(part), "no \(part) in \(message)") }
  }

  @Test(arguments: readers) func aMissingWeight(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"), weight: { $0.hasSuffix("dense_1/bias") ? nil : $1 })
    let message = try failure(reader, in: folder)
    #expect(message.contains("m.h5") && message.contains("dense_1/bias"))
  }

  // MARK: Arrays

  @Test(arguments: readers.dropFirst()) func inputsOfAnotherRankOrShape(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    for shape in [[24], [6, 2, 2], [8, 3], []] as [Shape] {
      try NPY.write(Tensor.zeros(shape, dtype: .float32), to: folder.path("x.npy"))
      let message = try failure(reader, in: folder)
      #expect(message.contains("x.npy") && message.contains("\(shape)") && message.contains("(None, 4)"))
    }
  }

  @Test(arguments: readers.dropFirst()) func inputsThatAreNoArrays(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    let whole = try folder.bytes("x.npy")
    for bytes in [Data(), Data("no array".utf8), whole.prefix(20), whole.dropLast(1)] {
      try folder.write(bytes, "x.npy")
      #expect(try failure(reader, in: folder).contains("x.npy"))
    }
    try FileManager.default.removeItem(atPath: folder.path("x.npy"))
    let message = try failure(reader, in: folder)
    #expect(message.contains("x.npy") && message.contains("no such file"))
  }

  @Test(arguments: readers.dropFirst(2)) func labelsOutOfRange(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    for label in [3, -2] as [Int64] {
      try NPY.write(Tensor([0, 1, 2, label, 1, 2] as [Int64]), to: folder.path("y.npy"))
      let message = try failure(reader, in: folder)
      #expect(message.contains("\(label)") && message.contains("expected"), "\(message)")
    }
  }

  @Test(arguments: readers.dropFirst(2)) func targetsOfAnotherShape(_ reader: [String]) throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    try NPY.write(Tensor.zeros([6, 4, 4], dtype: .float32), to: folder.path("y.npy"))
    #expect(try failure(reader, in: folder).contains("expected"))
    try NPY.write(Tensor([0, 1] as [Int64]), to: folder.path("y.npy"))
    let message = try failure(reader, in: folder)
    #expect(message.contains("2") && message.contains("6"))
  }

  @Test func aCheckpointOfAnotherModel() throws {
    let folder = try folder()
    try Samples.writeModel(to: folder.path("m.h5"))
    let message = try failure(Self.readers[3] + ["--resume", Samples.lenet], in: folder)
    #expect(message.contains("lenet5_adam.h5"))
  }

  @Test func aDataSetThatIsDamaged() throws {
    let (folder, digits) = (try folder(), try Folder())
    let arguments = ["evaluate", Samples.lenet, "--dataset", "mnist", "--data", digits.url.path]
    #expect(try failure(arguments, in: folder).contains("t10k-images-idx3-ubyte"))
    try Samples.writeMNIST(digits)
    let images = try digits.bytes("t10k-images-idx3-ubyte")
    for bytes in [Data(), images.dropLast(1), Data([1, 2]) + images.dropFirst(2)] {
      try digits.write(bytes, "t10k-images-idx3-ubyte")
      #expect(try failure(arguments, in: folder).contains("t10k-images-idx3-ubyte"))
    }
  }
}
