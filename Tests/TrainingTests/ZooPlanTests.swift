import Data
import Layers
import ModelZoo
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Plans against operation by operation, for every model of the zoo: what is predicted, and what a training step makes of
/// the weights.
@Suite struct ZooPlanTests {
  /// Photographs are small here, so that the large nets take no seconds; their layers are those of the zoo.
  private static func model(_ name: String) throws -> Model {
    switch name {
    case "resnet50": try ResNet50(inputShape: [64, 64, 3], classes: 7).model(seed: 1)
    case "vgg16": try VGG16(inputShape: [32, 32, 3], classes: 7).model(seed: 1)
    case "mobilenet": try MobileNet(inputShape: [64, 64, 3], classes: 7).model(seed: 1)
    default: try Zoo.model(named: name).model(seed: 1)
    }
  }

  private static func inputs(_ model: Model) -> [Tensor] {
    model.inputs.map { input in
      let shape = Shape([3] + input.batchShape.dropFirst().map { $0 ?? 12 })
      guard input.dtype == .float32 else {
        return Tensor.randomIntegers(shape, in: 0..<60, key: RandomKey(seed: 2)).cast(to: input.dtype)
      }
      return Tensor.randomUniform(shape, key: RandomKey(seed: 2))
    }
  }

  private func expectClose(_ a: Tensor, _ b: Tensor, _ name: String) {
    #expect(a.spec == b.spec, "\(name)")
    let pairs = zip(a.cast(to: .float32).scalars(of: Float.self), b.cast(to: .float32).scalars(of: Float.self))
    let worst = pairs.map { abs($0 - $1) / (1 + abs($1)) }.max() ?? 0
    #expect(worst <= 1e-5, "\(name): \(worst)")
  }

  @Test(arguments: Zoo.models.map(\.name)) func plansPredictWhatOperationsDo(name: String) throws {
    let model = try Self.model(name)
    let inputs = Self.inputs(model)
    let (compiled, eager) = (
      try model.predict(inputs, batchSize: 2, compiled: true), try model.predict(inputs, batchSize: 2, compiled: false)
    )
    for (a, b) in zip(compiled, eager) { expectClose(a, b, name) }
  }

  @Test(arguments: Zoo.models.map(\.name)) func plansTrainAsOperationsDo(name: String) throws {
    let model = try Self.model(name)
    let inputs = Self.inputs(model)
    let targets = try model.predict(inputs, compiled: false).map { y in
      Tensor.randomUniform(y.shape, key: RandomKey(seed: 3))
    }
    let batch = Batch(inputs: inputs, targets: targets)
    let trainers = try (0..<2).map { _ in
      try Trainer(model, optimizer: SGD(learningRate: 0.01, momentum: 0.9), loss: MeanSquaredError(), seed: 4)
    }
    for _ in 0..<2 {
      let losses = (
        try trainers[0].trainStep(batch, compiled: true).loss, try trainers[1].trainStep(batch, compiled: false).loss
      )
      #expect(abs(losses.0 - losses.1) <= 1e-5 * (1 + losses.1), "\(name): \(losses)")
    }
    for (index, key) in model.weights.keys.enumerated() {
      expectClose(trainers[0].model.weights.tensors[index], trainers[1].model.weights.tensors[index], key.path)
    }
  }
}
