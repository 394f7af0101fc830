import Layers
import Plan
import Plan
import TensorCore
import Testing

/// What preprocessing layers say to settings and values that they cannot take, and how recipes adapt.
@Suite struct PreprocessingTests {
  private func objection(_ layer: any Layer, _ inputs: TensorSpec...) -> String {
    var scope = BuildScope()
    do {
      _ = try scope.child("layer", layer, inputs: inputs)
      return "none"
    } catch {
      return error.message
    }
  }

  private let numbers = TensorSpec([2, 3])
  private let text = TensorSpec([2, 1, 8], .uint8)

  @Test func numbersNameKeyAndRule() {
    #expect(objection(Normalization(axis: [0]), numbers).contains("found axis [0]"))
    #expect(objection(Normalization(axis: [3]), numbers).contains("found axis [3]"))
    #expect(objection(Normalization(mean: 1), numbers).contains("variance of shape null"))
    #expect(objection(Normalization(mean: [1, 2], variance: [1, 2]), numbers).contains("found mean of shape [2]"))
    #expect(objection(Discretization(numBins: 3), numbers).contains("found no bin_boundaries"))
    #expect(objection(Discretization(binBoundaries: [1, 0]), numbers).contains("found bin_boundaries [1.0, 0.0]"))
    #expect(objection(CategoryEncoding(numTokens: 0), numbers).contains("found num_tokens 0"))
    #expect(objection(CategoryEncoding(numTokens: 2, outputMode: .int), numbers).contains("found output_mode int"))
    #expect(objection(CategoryEncoding(numTokens: 2), numbers, numbers).contains("count_weights"))
    var sparse = CategoryEncoding(numTokens: 2)
    sparse.sparse = true
    #expect(objection(sparse, numbers).contains("found sparse true"))
  }

  @Test func lookupsNameKeyAndRule() {
    #expect(objection(StringLookup(), text).contains("found no vocabulary"))
    #expect(objection(StringLookup(vocabulary: []), text).contains("found vocabulary []"))
    #expect(objection(StringLookup(vocabulary: ["a", "a"]), text).contains("found \"a\" twice"))
    #expect(objection(StringLookup(vocabulary: ["a"], outputMode: .tfIDF), text).contains("found idf_weights null"))
    #expect(objection(StringLookup(vocabulary: ["a"]), numbers).contains("expected strings"))
    #expect(objection(StringLookup(vocabulary: ["a", ""], maskToken: ""), text).contains("mask_token"))
    #expect(
      objection(StringLookup(vocabulary: ["a"], outputMode: .count, invert: true), numbers).contains(
        "found output_mode"))
    var small = IntegerLookup(vocabulary: [1, 2, 3])
    small.maxTokens = 3
    #expect(objection(small, numbers).contains("expected max_tokens 3 at most"))
    #expect(objection(Hashing(numBins: 0), text).contains("found num_bins 0"))
    #expect(objection(Hashing(numBins: 3, maskValue: 4), text).contains("found mask_value 4"))
    #expect(objection(HashedCrossing(numBins: 3), text).contains("expected two or more"))
  }

  @Test func vectorizationNamesKeyAndRule() {
    var ragged = TextVectorization(vocabulary: ["a"])
    ragged.ragged = true
    #expect(objection(ragged, text).contains("found ragged true"))
    #expect(objection(TextVectorization(vocabulary: ["a"], outputMode: .oneHot), text).contains("found output_mode"))
    #expect(objection(TextVectorization(), text).contains("TextVectorization: found no vocabulary"))
    let both = TextVectorization(vocabulary: ["a"], outputSequenceLength: 3, outputMode: .count)
    #expect(objection(both, text).contains("found output_sequence_length 3"))
    #expect(objection(TextVectorization(vocabulary: ["a"]), TensorSpec([2, 3, 8], .uint8)).contains("(None, 3)"))
  }

  @Test(arguments: ["standardize", "split"])
  func pythonFunctionsAreNamed(key: String) throws {
    let function: JSON = ["module": "builtins", "class_name": "function", "config": "strip_tags"]
    let layer: JSON = ["class_name": "TextVectorization", "config": ["name": "words", key: function]]
    let error = #expect(throws: CoreError.self) {
      try KerasConfig().model(from: ["class_name": "Sequential", "config": ["name": "net", "layers": [layer]]])
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("found \(key) by the Python function \"strip_tags\""), "\(text)")
    #expect(text.contains("net/words"), "\(text)")
  }

  @Test func outputModesAreNamed() throws {
    let layer: JSON = ["class_name": "Hashing", "config": ["name": "bins", "num_bins": 3, "output_mode": "two_hot"]]
    let error = #expect(throws: CoreError.self) {
      try KerasConfig().model(from: ["class_name": "Sequential", "config": ["name": "net", "layers": [layer]]])
    }
    #expect("\(error!)".contains("found output_mode \"two_hot\""))
  }

  // MARK: Values

  @Test(arguments: [nil, 2] as [Int?])
  func unknownTokensThrowWhereThereIsNoNumberForThem(batchSize: Int?) throws {
    let lookup = StringLookup(vocabulary: ["a", "b"], numOovIndices: 0)
    let model = try Model(Sequential([InputLayer(strings: [1]), lookup], name: "net"))
    let known = Tensor(strings: ["b", "a", "b"], shape: [3, 1])
    #expect(try model.predict(known).scalars(of: Int64.self) == [1, 0, 1])
    let unknown = Tensor(strings: ["b", "a", "c"], shape: [3, 1])
    let error = #expect(throws: CoreError.self) { try model.predict(unknown, batchSize: batchSize ?? 32) }
    #expect(error?.code == .invalidData)
    #expect(error?.message.contains("found \"c\"") == true)
    #expect(throws: CoreError.self) { try model.infer([unknown]) }
  }

  @Test func negativeCategoriesThrow() throws {
    let model = try Model(Sequential([InputLayer(shape: [2], dtype: .int32), CategoryEncoding(numTokens: 3)]))
    let error = #expect(throws: CoreError.self) { try model.predict(Tensor([0, -1] as [Int32], [1, 2])) }
    #expect(error?.message.contains("found category -1") == true)
  }

  @Test func stringsOfOtherShapesAreRefused() throws {
    let model = try Model(Sequential([InputLayer(strings: [1]), StringLookup(vocabulary: ["a"])]))
    #expect(model.inputs[0].isText && model.inputs[0].shapeDescription == "(None, 1)")
    let shape = #expect(throws: CoreError.self) { try model.predict(Tensor(strings: ["a", "b"], shape: [1, 2])) }
    #expect(shape?.message.contains("expected (None, 1) of strings") == true)
    #expect(throws: CoreError.self) { try model.predict(Tensor([1] as [Float], [1, 1])) }
  }

  @Test func stringsComeBackFromTensors() {
    let strings = ["", "a", "größer", "😀 two\nlines", "e\u{301}"]
    let tensor = Tensor(strings: strings, shape: [5, 1])
    #expect(tensor.shape == [5, 1, 16] && tensor.dtype == .uint8)
    #expect(tensor.strings.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    #expect(Tensor(strings: [], shape: [0]).strings == [])
    #expect(Tensor(strings: ["", ""]).shape == [2, 8])
  }

  @Test func lengthsThatTextsDecideAreComputedOperationByOperation() throws {
    let layers = Sequential([
      InputLayer(strings: []), TextVectorization(vocabulary: ["a", "b"]), Embedding(inputDim: 4, outputDim: 2),
      GlobalAveragePooling1D(),
    ])
    let model = try Model(layers, start: .seed(3))
    let texts = Tensor(strings: ["a b b", "b", "what"])
    #expect(try model.predict(texts).shape == [3, 2])
    #expect(throws: CoreError.self) { try model.predict(texts, compiled: true) }
    let numbers = try Model(Sequential([InputLayer(strings: []), TextVectorization(vocabulary: ["a", "b"])]))
    #expect(try numbers.predict(texts).scalars(of: Int64.self) == [2, 3, 3, 3, 0, 0, 1, 0, 0])
    let error = #expect(throws: CoreError.self) { try numbers.predict(texts, batchSize: 1) }
    #expect(error?.message.contains("different lengths") == true)
  }

  // MARK: Adapting

  @Test func whatIsGivenIsNotAdapted() throws {
    let words = Tensor(strings: ["a"])
    #expect(throws: CoreError.self) { try StringLookup(vocabulary: ["a"]).adapted(to: words) }
    #expect(throws: CoreError.self) { try Discretization(binBoundaries: [1]).adapted(to: Tensor([1] as [Float])) }
    #expect(throws: CoreError.self) { try Normalization().adapted(to: [Tensor]()) }
    #expect(throws: CoreError.self) { try StringLookup().adapted(to: [Tensor]()) }
    #expect(throws: CoreError.self) { try StringLookup().adapted(to: Tensor([1] as [Float], [1, 1])) }
    #expect(throws: CoreError.self) { try TextVectorization().adapted(to: ["", " "]) }
  }

  @Test func errorsOfTheDataReachTheCaller() {
    let failure = CoreError(.missingFile, "no such file")
    let error = #expect(throws: CoreError.self) { try Normalization().adapted { throw failure } }
    #expect(error?.code == .missingFile)
  }

  @Test func layersWorkOnTheirOwn() throws {
    let vectorization = try TextVectorization(outputSequenceLength: 3).adapted(to: ["the cat", "the dog"])
    #expect(vectorization.vocabulary == ["the", "dog", "cat"] && vectorization.vocabularySize == 5)
    let numbers = try vectorization(Tensor(strings: ["The dog!", "cat?"]))
    #expect(numbers.scalars(of: Int64.self) == [2, 3, 0, 4, 0, 0])
    let back = try StringLookup(vocabulary: ["the"], invert: true)(Tensor([1, 0] as [Int64], [2, 1]))
    #expect(back.strings == ["the", "[UNK]"])
  }
}
