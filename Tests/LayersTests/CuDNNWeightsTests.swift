import Layers
import TensorCore
import Testing

/// Weights of cuDNN's layers for plain ones, and the reverse.
@Suite struct CuDNNWeightsTests {
  private static let pairs: [(String, any Layer, String, any Layer)] = [
    ("CuDNNLSTM", CuDNNLSTM(units: 3), "LSTM", LSTM(units: 3)),
    ("CuDNNGRU", CuDNNGRU(units: 3), "GRU", GRU(units: 3)),
  ]

  @Test(arguments: pairs.indices, [true, false])
  func aFileOfTheOtherClassIsConverted(_ index: Int, _ isFromCuDNN: Bool) throws {
    let (cudnnName, cudnn, plainName, plain) = Self.pairs[index]
    let (from, to) = isFromCuDNN ? (cudnn, plain) : (plain, cudnn)
    var model = try Model(Sequential([InputLayer(shape: [4, 2]), from]), start: .seed(3), kerasMajorVersion: 2)
    for index in model.weights.tensors.indices {
      let spec = model.weights.keys[index].spec
      model.weights.tensors[index] = Tensor.randomNormal(spec.shape, key: RandomKey(seed: 5).folding(index))
    }
    var archive = InMemoryArchive(name: "recurrent")
    try KerasFile(model: model).write(to: &archive, dialect: .keras2)
    let other = try Model(Sequential([InputLayer(shape: [4, 2]), to]), kerasMajorVersion: 2)
    var config = InMemoryArchive(name: "config")
    try KerasFile(model: other).write(to: &config, dialect: .keras2)
    let text = try #require(try config.attribute("model_config", at: ""))
    try archive.setAttribute("model_config", at: "", text)
    let read = try KerasFile(from: archive).model
    #expect(read.layers.last?.kind == (isFromCuDNN ? plainName : cudnnName))
    let x = Tensor.randomNormal([3, 4, 2], key: RandomKey(seed: 1))
    let (found, expected) = (try read.predict(x).scalars(of: Float.self), try model.predict(x).scalars(of: Float.self))
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func aGRUThatResetsFirstCannotHaveThem() throws {
    let model = try Model(Sequential([InputLayer(shape: [4, 2]), CuDNNGRU(units: 3)]))
    var archive = InMemoryArchive(name: "recurrent")
    try KerasFile(model: model).write(to: &archive, dialect: .keras2)
    let other = try Model(Sequential([InputLayer(shape: [4, 2]), GRU(units: 3, resetAfter: false)]))
    var config = InMemoryArchive(name: "config")
    try KerasFile(model: other).write(to: &config, dialect: .keras2)
    try archive.setAttribute("model_config", at: "", #require(try config.attribute("model_config", at: "")))
    let error = #expect(throws: CoreError.self) { try KerasFile(from: archive) }
    #expect(error?.code == .shapeMismatch || error?.code == .missingWeight)
  }
}
