import Data
import Layers
import ModelZoo
import Optimizers
import Plan
import TensorCore
import Testing
import Training

/// Training of models whose inputs have axes of any size: targets and weights follow the sizes of the batch.
@Suite struct OpenSizeTests {
  private static func sharpener() throws -> Model {
    let layers = Sequential([
      InputLayer(shape: [nil, nil, 2]),
      Conv2D(filters: 3, kernelSize: 3, strides: 2, padding: .same, activation: .tanh),
      Conv2D(filters: 1, kernelSize: 2),
    ])
    return try Model(layers, start: .seed(1))
  }

  private static func images(_ height: Int, _ width: Int) -> (x: Tensor, y: Tensor) {
    (
      Tensor.randomUniform([4, height, width, 2], key: RandomKey(seed: 1)),
      Tensor.randomUniform([4, (height + 1) / 2 - 1, (width + 1) / 2 - 1, 1], key: RandomKey(seed: 2))
    )
  }

  @Test(arguments: [Compilation.automatic, .never, .required])
  func picturesOfSeveralSizesAreTrainedOn(compiled: Compilation) throws {
    let trainer = try Trainer(
      Self.sharpener(), optimizer: Adam(learningRate: 0.02), loss: MeanSquaredError(),
      metrics: [.init(MeanAbsoluteErrorMetric())])
    var losses: [Double] = []
    for _ in 0..<10 {
      for (height, width) in [(9, 12), (8, 6)] {
        let (x, y) = Self.images(height, width)
        losses.append(try trainer.trainStep(x, y, compiled: compiled).loss)
      }
    }
    #expect(losses.suffix(2).reduce(0, +) < losses.prefix(2).reduce(0, +))
    let (x, y) = Self.images(9, 12)
    let logs = try trainer.evaluate(x, y)
    let difference = try trainer.model.predict(x) - y
    #expect(abs(logs.loss - difference.square().mean().scalar(of: Float.self).asDouble) < 1e-6)
    try trainer.fit(x, y, epochs: 2, batchSize: 2, validationSplit: 0.5)
  }

  @Test func targetsOfAnotherSizeAreAnErrorWithTheBatchsSizes() throws {
    let trainer = try Trainer(Self.sharpener(), optimizer: Adam(), loss: MeanSquaredError())
    let (x, _) = Self.images(9, 12)
    let y = Tensor.zeros([4, 4, 6, 1])
    let calls: [() throws -> Void] = [
      { try trainer.trainStep(x, y) }, { try trainer.fit(x, y) }, { _ = try trainer.evaluate(x, y) },
    ]
    for call in calls {
      let error = #expect(throws: CoreError.self) { try call() }
      #expect(error?.code == .shapeMismatch)
      #expect(
        error?.message.contains("(None, 4, 6, 1), expected (None, 4, 5, 1)") == true, "\(String(describing: error))")
    }
    let (good, target) = Self.images(9, 12)
    try trainer.trainStep(good, target)
    // Of the same shape as before, with targets that were right for it alone.
    #expect(throws: CoreError.self) { try trainer.trainStep(Self.images(8, 6).x, target) }
    // Smaller than a window.
    #expect(throws: CoreError.self) { try trainer.trainStep(Tensor.zeros([4, 1, 1, 2]), Tensor.zeros([4, 1, 1, 1])) }
  }

  @Test(arguments: [Compilation.automatic, .never])
  func sequencesOfAnyLengthHaveLabelsAndWeightsPerStep(compiled: Compilation) throws {
    let trainer = try Trainer(
      CharRNN(symbols: 7, units: 4).model(seed: 1), optimizer: Adam(), loss: SparseCategoricalCrossentropy(),
      metrics: [.accuracy], seed: 1)
    for steps in [5, 3, 5, 3, 5] {
      let x = Tensor.randomIntegers([2, steps], in: 0..<7, key: RandomKey(seed: UInt64(steps))).cast(to: .int32)
      let labels = Tensor.randomIntegers([2, steps], in: 0..<7, key: RandomKey(seed: 9))
      let weights = Tensor.randomUniform([2, steps], key: RandomKey(seed: 3))
      let logs = try trainer.trainStep(
        Batch(inputs: [x], targets: [labels], outputWeights: [weights]), compiled: compiled)
      #expect(logs.loss.isFinite)
      let error = #expect(throws: CoreError.self) {
        try trainer.trainStep(x, labels.padded(before: [0, 0], after: [0, 1]))
      }
      #expect(error?.code == .shapeMismatch)
    }
  }
}

extension Float {
  fileprivate var asDouble: Double { Double(self) }
}
