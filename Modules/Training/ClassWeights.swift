internal import Data
internal import Layers
internal import TensorCore

/// Weights of samples by the classes that their targets name. Keras: `class_weight`.
struct ClassWeights: Sendable {
  private let weights: [Int: Double]
  private let output: TensorSpec

  /// Throws where the model has several outputs: Keras, too, takes class weights for one.
  init(_ weights: [Int: Double], _ model: Model) throws(CoreError) {
    guard let output = model.outputSpecs.first, model.outputSpecs.count == 1 else {
      throw CoreError(
        .invalidArgument,
        "found class weights for a model with \(model.outputSpecs.count) outputs, expected one; weigh the samples of "
          + "each output", path: [model.name])
    }
    (self.weights, self.output) = (weights, output)
  }

  /// The batch with the weights of its samples, or of their steps where targets are a class per step.
  ///
  /// Throws `invalidArgument` where it has weights of its own.
  func applied(to batch: Batch) throws(CoreError) -> Batch {
    guard batch.outputWeights.isEmpty else {
      throw CoreError(.invalidArgument, "found class weights and sample weights, expected one of them")
    }
    guard let targets = batch.targets.first else { return batch }
    let isOneHot = targets.rank == output.rank && targets.rank > 1 && targets.shape.last > 1
    var classes = isOneHot ? targets.argMax(axis: -1) : targets
    if classes.rank == output.rank, classes.rank > 1, classes.shape.last == 1 {
      classes = classes.squeezed(axis: classes.rank - 1)
    }
    let numbers = classes.cast(to: .float64).scalars(of: Double.self)
    var batch = batch
    let found = numbers.map { number in
      Int(exactly: number.rounded(.toNearestOrEven)).flatMap { weights[$0] }.map { Float($0) } ?? 1
    }
    batch.sampleWeights = Tensor(found, classes.shape)
    return batch
  }
}

extension Trainer {
  /// Weights for all outputs, or of each; throws where there are both.
  static func weights(_ sampleWeights: Tensor?, _ outputWeights: [Tensor]) throws(CoreError) -> [Tensor] {
    guard let sampleWeights else { return outputWeights }
    guard outputWeights.isEmpty else {
      throw CoreError(.invalidArgument, "found weights of samples and of outputs, expected one of them")
    }
    return [sampleWeights]
  }
}
