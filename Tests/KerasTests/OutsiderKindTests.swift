import Data
import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// A kind of each sort of somebody else's goes into a file by its name, and comes back.
@Suite struct OutsiderKindTests {
  struct Scale: Layer {
    static let kind = "acme>Scale"
    static let template = Scale()
    var factor = 1.0

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let factor = factor
      return Forward { x, _ in x * factor }
    }
  }

  struct HalfSquare: Loss {
    static let kind = "acme>HalfSquare"
    static let names = ["half_square"]
    static let template = HalfSquare()
    var reduction = LossReduction.sumOverBatchSize
    var factor = 0.5

    func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor { targets }

    func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues {
      LossValues((targets - predictions).square().mean(axes: [-1]) * factor)
    }
  }

  struct Near: MeanMetric {
    static let kind = "acme>Near"
    static let names = ["near"]
    static let template = Near()
    var distance = 0.1

    func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {}

    func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
      (targets - predictions).abs().less(distance).cast(to: .float32).mean(axes: [-1])
    }
  }

  struct SignDescent: Optimizer {
    static let kind = "acme>SignDescent"
    static let template = SignDescent()
    var learningRate = 0.01
    var settings = OptimizerSettings()
    var slotNames: [String] { ["last_sign"] }

    func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
      slots[0] = gradient.sign()
      weight = weight - slots[0] * learningRate
    }
  }

  private static var host: PluginHost {
    var host = PluginHost()
    host.register(Scale.self)
    host.register(HalfSquare.self)
    host.register(Near.self)
    host.register(SignDescent.self)
    for package in ["acme>", ""] {
      host.register(activation: package + "squash", Activation.Rule { x in x / (x.abs() + 1) })
      host.register(initializer: package + "Sevens") { _, spec, _ in Tensor.full(spec.shape, 0.7, dtype: spec.dtype) }
      host.register(regularizer: package + "Cubes") { config, _ in
        let factor = config["factor"]?.doubleValue ?? 0
        return { $0.abs().pow(3).sum() * factor }
      }
      host.register(constraint: package + "AtMost") { _, _ in { $0.minimum(0.9) } }
    }
    return host
  }

  private static func trainer(_ package: String) throws -> Trainer {
    var dense = Dense(units: 2, activation: Activation(package + "squash"))
    dense.kernelInitializer = Initializer(package + "Sevens")
    dense.kernelRegularizer = Regularizer(package + "Cubes", config: ["factor": 0.25])
    dense.kernelConstraint = Constraint(package + "AtMost")
    let model = try Model(Sequential([InputLayer(shape: [3]), Scale(factor: 2), dense]), host: host)
    var (loss, near) = (HalfSquare(), Near())
    (loss.factor, near.distance) = (0.75, 0.4)
    return try Trainer(model, optimizer: SignDescent(learningRate: 0.125), loss: loss, metrics: [MetricChoice(near)])
  }

  @Test(arguments: KerasDialect.allCases, ["acme>", ""])
  func kindsOfEachSortComeBackFromAFile(dialect: KerasDialect, package: String) throws {
    let trainer = try Self.trainer(package)
    let x = Tensor.randomNormal([8, 3], key: RandomKey(seed: 3))
    let y = Tensor.randomNormal([8, 2], key: RandomKey(seed: 4))
    try trainer.trainStep(x, y)
    var archive = InMemoryArchive(name: "file")
    try trainer.kerasFile(dialect, host: Self.host).write(to: &archive, dialect: dialect, host: Self.host)
    let copy = try Trainer(file: KerasFile(from: archive, host: Self.host), host: Self.host)
    let loss = try #require(copy.config.outputs[0].loss as? HalfSquare)
    #expect(loss.factor == 0.75 && copy.optimizer is SignDescent && copy.optimizer.learningRate == 0.125)
    #expect((copy.config.outputs[0].metrics[0].metric as? Near)?.distance == 0.4)
    #expect(try copy.predict(x).scalars(of: Float.self) == trainer.predict(x).scalars(of: Float.self))
    #expect(try copy.trainStep(x, y) == trainer.trainStep(x, y))
    #expect(copy.state.iterations == 2)
    // Without the kinds it is an error that names the first of them.
    let error = #expect(throws: CoreError.self) { try KerasFile(from: archive) }
    #expect(error?.description.contains("acme>Scale") == true)
  }

  @Test func settingsThatAreKerasDefaultsStillNameTheirClass() throws {
    let json = try HalfSquare().kerasJSON()
    #expect(json["class_name"] == "HalfSquare" && json["registered_name"] == "acme>HalfSquare")
    #expect(try Self.host.loss(from: json) is HalfSquare)
    #expect(try Self.host.loss(named: "half_square") is HalfSquare)
    #expect(try Self.host.metric(named: "near") is Near)
  }
}
