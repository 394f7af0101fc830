import Apus
import Foundation
import IO_HDF5
import TestKit
import Testing

/// Models of strings that Apus wrote, their vocabularies adapted here, opened by real Keras.
@Suite struct OurTextModelsInKerasTests {
  private static let versions = [RealKeras(majorVersion: 3), RealKeras(majorVersion: 2)]

  private struct Net {
    let name: String
    let model: Model
    let inputs: [Tensor]
    /// The texts of the inputs that are strings.
    let texts: [[String]?]
  }

  private static let reviews = [
    "A film of rare, rare beauty.", "Dull!", "", "Beauty is not a plot: a film without one", "rare plot — schön",
  ]

  private static func words(_ mode: CategoryOutput) throws -> Net {
    var layer = TextVectorization(outputSequenceLength: mode == .int ? 5 : nil, outputMode: mode)
    layer.ngrams = NGrams(upTo: 2)
    layer.maxTokens = 14
    let adapted = try layer.adapted(to: reviews)
    let text = Symbol.input(strings: [1], name: "text")
    let numbers = adapted(text)
    let features =
      mode == .int
      ? GlobalAveragePooling1D()(Embedding(inputDim: adapted.vocabularySize, outputDim: 3)(numbers)) : numbers
    let model = try Model(inputs: [text], outputs: [Dense(units: 2)(features)], start: .seed(4))
    return Net(
      name: "words_\(mode.rawValue)", model: model, inputs: [Tensor(strings: reviews, shape: [5, 1])], texts: [reviews])
  }

  private static func table() throws -> Net {
    let numbers = Tensor([1, 10, 2, -3, 5, 60, 0.5, 7] as [Float], [4, 2])
    let colors = ["red", "green", "red", "no color"]
    let counts = Tensor([3, 4, 3, -9] as [Int64], [4, 1])
    let (number, color, count) = (
      Symbol.input([2], name: "number"), Symbol.input(strings: [1], name: "color"),
      Symbol.input([1], dtype: .int64, name: "count")
    )
    let strings = Tensor(strings: colors, shape: [4, 1])
    let features: [Symbol] = [
      try Normalization().adapted(to: numbers)(number),
      try Discretization(numBins: 3, outputMode: .multiHot).adapted(to: numbers)(number),
      try StringLookup(outputMode: .tfIDF).adapted(to: strings.sliced(axis: 0, 0..<3))(color),
      try IntegerLookup(numOovIndices: 2, outputMode: .count).adapted(to: counts.sliced(axis: 0, 0..<2))(count),
      CategoryEncoding(numTokens: 4, outputMode: .oneHot)(Hashing(numBins: 4, maskValue: "red")(color)),
      HashedCrossing(numBins: 5, outputMode: .oneHot)([color, count]),
    ]
    let output = Dense(units: 3)(Concatenate()(features))
    let model = try Model(inputs: [number, color, count], outputs: [output], start: .seed(4))
    return Net(name: "table", model: model, inputs: [numbers, strings, counts], texts: [nil, colors, nil])
  }

  @Test(arguments: versions)
  func kerasPredictsFromTheSameStrings(_ keras: RealKeras) throws {
    let dialect = KerasDialect(rawValue: keras.majorVersion)!
    let folder = try TemporaryFolder()
    let nets = [try Self.words(.int), try Self.words(.multiHot), try Self.words(.tfIDF), try Self.table()]
    var jobs: [[String]] = []
    for net in nets {
      let file = folder.path("\(net.name).h5")
      try net.model.write(to: file, dialect: dialect)
      var job = ["predict", file, "--out", folder.path("\(net.name)_p.npy")]
      for (index, (input, texts)) in zip(net.inputs, net.texts).enumerated() {
        guard let texts else {
          job += ["--x", try folder.save(input, "\(net.name)_\(index).npy")]
          continue
        }
        let path = folder.path("\(net.name)_\(index).json")
        let json = JSON.array(texts.map { [.string($0)] }).serialized()
        try json.write(toFile: path, atomically: true, encoding: .utf8)
        job += ["--x", path]
      }
      jobs.append(job)
    }
    try #require(try keras.run(jobs, in: folder.url).count == jobs.count)
    for net in nets {
      let theirs = try NPY.read(folder.path("\(net.name)_p.npy"))
      let ours = try net.model.predict(net.inputs)[0]
      #expect(difference(ours, theirs, net.name, Tolerance(absolute: 1e-5, relative: 0)) == nil)
      let again = try Model(contentsOf: folder.path("\(net.name).h5")).predict(net.inputs)[0]
      #expect(difference(again, ours, net.name, Tolerance(absolute: 0, relative: 0)) == nil)
    }
  }
}
