import Data
import Layers
import Optimizers
import Plan
import TensorCore
import TestKit
import Testing
import Training

/// Regularizers and constraints act in training as Keras's do.
@Suite struct PenaltyFixtureTests {
  @Test(arguments: [Compilation.required, .never])
  func fiveStepsAreThoseOfKeras(compiled: Compilation) throws {
    let arrays = try Fixtures.arrays("keras3/penalties.npz")
    let records = try Fixtures.records("keras3/penalties.json")
    for record in records {
      let name = try record.string("name")
      let array = { (key: String) in try arrays.array("\(name)/\(key)") }
      let own = arrays.filter { $0.key.hasPrefix(name + "/") }
      let weights = Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
      let trainer = try Trainer(
        Self.model(record["model"] ?? nil, weights.numbered("weight")), optimizer: SGD(learningRate: 0.1),
        loss: MeanSquaredError())
      let batch = try Batch(inputs: [array("x")], targets: [array("y")])
      var losses: [Float] = []
      for _ in 0..<5 { losses.append(Float(try trainer.trainStep(batch, compiled: compiled).loss)) }
      var findings = [difference(Tensor(losses), try array("losses"), "losses")]
      for (index, tensor) in trainer.model.weights.tensors.enumerated() {
        findings.append(difference(tensor, try array("weight_\(index)_after"), "weight \(index)"))
      }
      findings.append(
        difference(Tensor(Float(try trainer.testStep(batch).loss)), try array("evaluated"), "loss in inference"))
      for finding in findings.compactMap({ $0 }) { Issue.record("\(name): \(finding)") }
    }
    #expect(records.count == 14)
  }

  private static func model(_ json: JSON, _ weights: [Tensor]) throws -> Model {
    let recipe = try KerasConfig().model(from: json)
    guard let sequential = recipe as? Sequential else {
      throw CoreError(.invalidFile, "found \(type(of: recipe).kind), expected Sequential")
    }
    return try Model(sequential, start: .values { _, _ in weights })
  }

  /// The scaled gradients overflow: neither the optimizer nor a constraint touches the weight.
  @Test(arguments: [Compilation.required, .never])
  func aStepThatIsLeftOutConstrainsNothing(compiled: Compilation) throws {
    var layer = Dense(units: 1, useBias: false)
    layer.kernelConstraint = .nonNegative
    let weight = Tensor([-1] as [Float]).reshaped([1, 1])
    let model = try Model(Sequential([InputLayer(shape: [1]), layer]), start: .values { _, _ in [weight] })
    let optimizer = LossScaleOptimizer(SGD(learningRate: 0.1), initialScale: 1e38)
    let trainer = try Trainer(model, optimizer: optimizer, loss: MeanSquaredError())
    try trainer.trainStep(Tensor.full([1, 1], 10), Tensor.zeros([1, 1]), compiled: compiled)
    #expect(trainer.model.weights.tensors[0].scalars(of: Float.self) == [-1])
    #expect(trainer.state.iterations == 0 && trainer.state.lossScale?.value == 5e37)
  }

  @Test func anUnknownRegularizerNamesLayerAndWeight() {
    var layer = Dense(units: 2)
    layer.kernelRegularizer = Regularizer("acme>Odd")
    let error = #expect(throws: CoreError.self) { try Model(Sequential([InputLayer(shape: [3]), layer])) }
    #expect(error?.code == .unknownName)
    #expect("\(error.map { "\($0)" } ?? "")".contains("kernel"))
  }

  @Test func aConstraintOfAnotherAxisIsRefused() {
    var layer = Dense(units: 2)
    layer.kernelConstraint = .maxNorm(1, axes: 2)
    let error = #expect(throws: CoreError.self) { try Model(Sequential([InputLayer(shape: [3]), layer])) }
    #expect(error?.message.contains("axis") == true)
  }

  @Test func orthogonalityNeedsAMatrix() {
    var layer = Dense(units: 2)
    layer.biasRegularizer = .orthogonal()
    let error = #expect(throws: CoreError.self) { try Model(Sequential([InputLayer(shape: [3]), layer])) }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func aPluginAddsRegularizersAndConstraints() throws {
    var host = PluginHost()
    host.register(regularizer: "acme>Cubes") { config, _ in
      let factor = config["factor"]?.doubleValue ?? 1
      return { ($0.abs() * $0.square()).sum() * factor }
    }
    host.register(constraint: "acme>AtMostOne") { _, _ in { $0.minimum(1) } }
    var layer = Dense(units: 1, useBias: false)
    layer.kernelRegularizer = Regularizer("acme>Cubes", config: ["factor": 2])
    layer.kernelConstraint = Constraint("acme>AtMostOne")
    let model = try Model(
      Sequential([InputLayer(shape: [1]), layer]),
      start: .values { _, _ in [Tensor([3] as [Float]).reshaped([1, 1])] },
      host: host)
    let trainer = try Trainer(model, optimizer: SGD(learningRate: 0), loss: MeanSquaredError())
    let logs = try trainer.trainStep(Tensor.ones([1, 1]), Tensor([3] as [Float]).reshaped([1, 1]))
    #expect(logs.loss == 54)
    #expect(trainer.model.weights.tensors[0].scalars(of: Float.self) == [1])
  }
}
