import Layers
import Optimizers
import Plan
import TensorCore
import TestKit
import Testing
import Training

/// Stateful recurrent layers over several calls as Keras 3 has them.
@Suite struct StatefulFixtureTests {
  struct Fixture: CustomTestStringConvertible, Sendable {
    let record: JSONObject

    var testDescription: String { record["name"]?.stringValue ?? "" }

    static func all() throws -> [Fixture] {
      try Fixtures.records("keras3/states.json").map { Fixture(record: $0) }
    }

    func model(_ weights: [Tensor]) throws -> Model {
      let recipe = try KerasConfig().model(from: record["model"] ?? nil)
      return try Model(#require(recipe as? Sequential), start: .values { _, _ in weights })
    }
  }

  @Test(arguments: try Fixture.all(), [Compilation.required, .never])
  func statesGoOnAndAreResetAsInKeras(_ fixture: Fixture, _ compiled: Compilation) throws {
    let arrays = try Fixtures.arrays("keras3/" + fixture.record.string("file"))
    let (x, y) = (try arrays.array("x"), try arrays.array("y"))
    let model = try fixture.model(arrays.numbered("weight"))
    let trainer = try Trainer(model, optimizer: SGD(learningRate: 0.1), loss: MeanSquaredError())
    func predict(_ name: String) throws {
      let outputs = try trainer.model.advance([x], batchSize: 2, compiled: compiled)
      #expect(try difference(outputs[0], arrays.array(name), name) == nil)
    }
    try predict("first")
    try predict("second")
    let losses = try arrays.array("loss").scalars(of: Float.self)
    let evaluated = try trainer.evaluate(x, y, batchSize: 2, compiled: compiled)
    #expect(abs(Float(evaluated.loss) - losses[0]) < 1e-4)
    let history = try trainer.fit(x, y, batchSize: 2, shuffle: false, compiled: compiled)
    #expect(abs(Float(history.epochs[0].loss) - losses[1]) < 1e-4)
    try predict("third")
    try trainer.model.resetStates()
    try predict("reset")
  }

  @Test(arguments: try Fixture.all())
  func filesHaveNoStatesAndTheBatch(_ fixture: Fixture) throws {
    let weights = try Fixtures.arrays("keras3/" + fixture.record.string("file")).numbered("weight")
    var model = try fixture.model(weights)
    #expect(model.parameterCount == weights.reduce(0) { $0 + $1.elementCount })
    #expect(model.summary().contains("Non-trainable params: 0"))
    var archive = InMemoryArchive(name: "states")
    try KerasFile(model: model).write(to: &archive)
    var again = try KerasFile(from: archive).model
    #expect(again.batchSize == 2)
    let x = Tensor.ones(Shape(again.inputs[0].batchShape.map { $0 ?? 0 }))
    let (first, second) = (try again.advance(x), try again.advance(x))
    #expect(first.numbers != second.numbers)
    #expect(try model.advance(x).numbers == first.numbers)
  }

  @Test func predictionsWithoutAdvancingChangeNothing() throws {
    var model = try Self.model(batchSize: 2)
    let x = Tensor.ones([4, 3, 4])
    let first = try model.predict(x, batchSize: 2)
    #expect(try model.predict(x, batchSize: 2).numbers == first.numbers)
    #expect(first.row(0).numbers != first.row(2).numbers)
    #expect(try model.advance([x], batchSize: 2)[0].numbers == first.numbers)
    #expect(try model.predict(x, batchSize: 2).numbers != first.numbers)
    try model.resetStates(of: "lstm")
    #expect(try model.predict(x, batchSize: 2).numbers == first.numbers)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let error = #expect(throws: CoreError.self) { try Self.model(batchSize: nil) }
    #expect(error?.message.contains("batch_shape") == true)
    #expect(error?.path.last == "lstm")
    var model = try Self.model(batchSize: 2)
    for count in [1, 3] {
      let error = #expect(throws: CoreError.self) { try model.predict(.ones([count, 3, 4]), batchSize: 2) }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.message.contains("batch of 1 samples, expected 2") == true)
    }
    #expect(throws: CoreError.self) { try model.resetStates(of: "dense") }
    let trainer = try Trainer(model, optimizer: SGD(), loss: MeanSquaredError())
    let trained = #expect(throws: CoreError.self) { try trainer.trainStep(.ones([3, 3, 4]), .ones([3, 2])) }
    #expect(trained?.message.contains("batch of 3 samples, expected 2") == true)
  }

  private static func model(batchSize: Int?) throws -> Model {
    var input = InputLayer(shape: [3, 4])
    input.batchShape = [batchSize, 3, 4]
    var layer = LSTM(units: 2)
    layer.stateful = true
    return try Model(Sequential([input, layer]))
  }
}

extension Tensor {
  fileprivate var numbers: [Float] { scalars(of: Float.self) }
}
