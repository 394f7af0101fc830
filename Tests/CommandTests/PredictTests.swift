import Apus
import Foundation
import IO_HDF5
import Testing

@Suite struct PredictTests {
  @Test func outputsAreWrittenAsTheLibraryComputesThem() throws {
    let folder = try Folder()
    try Samples.write(50, to: folder)
    let result = try Program.run(
      ["predict", Samples.lenet, "--input", "x.npy", "--output", "p.npy", "--batch-size", "16"], in: folder, code: 0)
    #expect(result.output.contains("p.npy"))
    let found = try NPY.read(folder.path("p.npy"))
    let expected: Tensor = try Model(contentsOf: Samples.lenet).predict(NPY.read(folder.path("x.npy")))
    #expect(found.shape == [50, 10])
    #expect(difference(found, expected) < 1e-5)
  }

  @Test func theBackendMayBeChosen() throws {
    let folder = try Folder()
    try Samples.write(8, to: folder)
    let arguments = ["predict", Samples.lenet, "--input", "x.npy", "--output"]
    try Program.run(arguments + ["a.npy", "--backend", "portable", "--threads", "1"], in: folder, code: 0)
    try Program.run(arguments + ["b.npy"], in: folder, code: 0)
    #expect(difference(try NPY.read(folder.path("a.npy")), try NPY.read(folder.path("b.npy"))) < 1e-5)
    let unknown = try Program.run(arguments + ["c.npy", "--backend", "abacus"], in: folder, code: 1)
    #expect(unknown.errors.contains("abacus") && unknown.errors.contains("portable"))
    #expect(!folder.exists("c.npy"))
  }

  @Test func numbersArePrintedWithoutAFile() throws {
    let folder = try Folder()
    try Samples.write(3, to: folder)
    let result = try Program.run(["predict", Samples.lenet, "--input", "x.npy"], in: folder, code: 0)
    #expect(result.lines.count == 3)
    for line in result.lines {
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      #expect(numbers.count == 10 && abs(numbers.reduce(0, +) - 1) < 1e-4)
    }
    let json = try Program.run(["predict", Samples.lenet, "--input", "x.npy", "--json"], in: folder, code: 0).json()
    #expect(json["outputs"]?[0]?["values"]?.arrayValue?.count == 3)
    #expect(json["outputs"]?[0]?["shape"] == [3, 10])
  }

  @Test func anyNumbersAreTakenAsTheModelWantsThem() throws {
    let folder = try Folder()
    let images = Samples.digits(4).images
    try NPY.write(images, to: folder.path("x.npy"))
    try NPZ.write(["x": images.cast(to: .float64)], to: folder.path("x.npz"))
    let plain = try Program.run(["predict", Samples.lenet, "--input", "x.npy"], in: folder, code: 0)
    let wide = try Program.run(["predict", Samples.lenet, "--input", "x.npz"], in: folder, code: 0)
    #expect(plain.output == wide.output)
  }

  /// Two inputs, `left` and `right`, and two outputs.
  @Test func linesOfATextAreStrings() throws {
    let folder = try Folder()
    let words = Samples.fixture("keras3/preprocessing_models/words.h5")
    try folder.write(Data("The cat sat.\r\n\na dog".utf8), "texts.txt")
    try Program.run(["predict", words, "--input", "texts.txt", "--output", "y.npy"], in: folder, code: 0)
    let texts = Tensor(strings: ["The cat sat.", "", "a dog"], shape: [3, 1])
    #expect(try difference(NPY.read(folder.path("y.npy")), Model(contentsOf: words).predict(texts)) == 0)
    try NPY.write(Tensor([1] as [Float], [1, 1]), to: folder.path("x.npy"))
    let result = try Program.run(["predict", words, "--input", "x.npy"], in: folder, code: 1)
    #expect(result.errors.contains("expected a .txt file"))
    let json = try Program.run(["inspect", words, "--json"], in: folder, code: 0).json()
    #expect(json["inputs"]?[0]?["dtype"] == "string" && json["inputs"]?[0]?["shape"] == [nil, 1])
  }

  private func writeTwoByTwo(_ folder: Folder) throws {
    let (left, right) = (Symbol.input([2], name: "left"), Symbol.input([3], name: "right"))
    let a = Dense(units: 2)(left, name: "a")
    let b = Dense(units: 4)(right, name: "b")
    try Model(inputs: [left, right], outputs: [a, b]).write(to: folder.path("two.h5"))
    let arrays = [
      "left": Tensor([1, 2, 3, 4] as [Float], [2, 2]), "right": Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3]),
    ]
    for (name, array) in arrays { try NPY.write(array, to: folder.path("\(name).npy")) }
    try NPZ.write(arrays, to: folder.path("both.npz"))
  }

  @Test func inputsComeByPlaceOrByNameAndOutputsAreNumbered() throws {
    let folder = try Folder()
    try writeTwoByTwo(folder)
    let ways = [
      ["--input", "left.npy", "--input", "right.npy"], ["--input", "right=right.npy", "--input", "left=left.npy"],
      ["--input", "both.npz"],
    ]
    var first: [Tensor] = []
    for way in ways {
      try Program.run(["predict", "two.h5", "--output", "y.npy"] + way, in: folder, code: 0)
      let found = [try NPY.read(folder.path("y_0.npy")), try NPY.read(folder.path("y_1.npy"))]
      #expect(found.map(\.shape) == [[2, 2], [2, 4]])
      if first.isEmpty { first = found }
      for (a, b) in zip(first, found) { #expect(difference(a, b) == 0) }
    }
    try Program.run(["predict", "two.h5", "--input", "both.npz", "--output", "y.npz"], in: folder, code: 0)
    #expect(try NPZ.read(folder.path("y.npz")).keys.sorted() == ["a", "b"])
  }

  @Test(arguments: [
    ["--input", "left.npy"], ["--input", "left.npy", "--input", "nobody=right.npy"],
    ["--input", "right.npy", "--input", "left.npy"],
  ]) func inputsThatDoNotFitAreNamed(_ inputs: [String]) throws {
    let folder = try Folder()
    try writeTwoByTwo(folder)
    let result = try Program.run(["predict", "two.h5", "--output", "y.npy"] + inputs, in: folder, code: 1)
    #expect(result.errors.contains("left") && result.errors.contains("expected"))
    #expect(!folder.exists("y_0.npy"))
  }
}

/// The largest absolute difference.
func difference(_ a: Tensor, _ b: Tensor) -> Float {
  guard a.spec == b.spec else { return .infinity }
  return zip(a.scalars(of: Float.self), b.scalars(of: Float.self)).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
