public import Data
internal import Layers
public import TensorCore

extension Trainer {
  /// Loss and metrics on data in memory, in inference. Keras's `evaluate`.
  ///
  /// Throws where the data does not fit the model.
  public func evaluate(
    inputs: [Tensor], targets: [Tensor], sampleWeights: Tensor? = nil, batchSize: Int = 32
  ) throws(CoreError) -> Logs {
    try evaluate(dataset(inputs, targets, sampleWeights, batchSize: batchSize, shuffleSeed: nil))
  }

  /// `evaluate` for a model with one input and one output.
  public func evaluate(
    _ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil, batchSize: Int = 32
  ) throws(CoreError) -> Logs {
    try evaluate(inputs: [x], targets: [y], sampleWeights: sampleWeights, batchSize: batchSize)
  }

  /// Loss and metrics on batches from anywhere.
  public func evaluate(_ source: any BatchSource, epoch: Int = 0) throws(CoreError) -> Logs {
    let stream = try source.batches(epoch: epoch)
    var found: (meters: Meters, state: MeterState)?
    while let batch = try stream.next() {
      let meters: Meters
      if let found {
        meters = found.meters
      } else {
        meters = try Meters(config, model, targets: batch.targets.map(\.spec))
      }
      var state = found?.state ?? meters.zero
      state += try testStep(batch, meters)
      found = (meters, state)
    }
    guard let found else { throw CoreError(.invalidData, "found no batches, expected at least one") }
    return found.meters.logs(found.state)
  }

  /// The model's outputs for any number of samples. Keras's `predict`.
  public func predict(_ inputs: [Tensor], batchSize: Int = 32) throws(CoreError) -> [Tensor] {
    try model.predict(inputs, batchSize: batchSize)
  }

  /// `predict` for a model with one input and one output.
  public func predict(_ x: Tensor, batchSize: Int = 32) throws(CoreError) -> Tensor {
    try model.predict(x, batchSize: batchSize)
  }
}
