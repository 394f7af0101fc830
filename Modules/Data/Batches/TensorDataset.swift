public import TensorCore

/// Data in memory, in batches.
public struct TensorDataset: BatchSource {
  public let inputs: [Tensor]
  public let targets: [Tensor]
  /// None, one tensor for all outputs, or one per output.
  public let outputWeights: [Tensor]
  public let batchSize: Int
  /// A new order every epoch, the same for a seed; nil: the order of the data.
  public let shuffleSeed: UInt64?
  /// Whether a last batch that is not full is left out.
  public let dropsRemainder: Bool

  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per model input.
  ///   - targets: `[samples, ...]`, one per model output.
  ///   - sampleWeights: `[samples]`, for all outputs.
  ///   - batchSize: how many samples a batch has.
  ///   - shuffleSeed: makes a new order every epoch; nil: the order of the data.
  ///   - dropsRemainder: whether a last batch that is not full is left out.
  /// - Throws: `invalidData` where there are no samples or their numbers differ; `invalidArgument` for a batch size
  ///   below 1.
  public init(
    inputs: [Tensor], targets: [Tensor] = [], sampleWeights: Tensor? = nil, batchSize: Int = 32,
    shuffleSeed: UInt64? = nil, dropsRemainder: Bool = false
  ) throws(CoreError) {
    try self.init(
      inputs: inputs, targets: targets, outputWeights: sampleWeights.map { [$0] } ?? [], batchSize: batchSize,
      shuffleSeed: shuffleSeed, dropsRemainder: dropsRemainder)
  }

  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per model input.
  ///   - targets: `[samples, ...]`, one per model output.
  ///   - outputWeights: `[samples]` or `[samples, steps]`, one per model output.
  ///   - batchSize: how many samples a batch has.
  ///   - shuffleSeed: makes a new order every epoch; nil: the order of the data.
  ///   - dropsRemainder: whether a last batch that is not full is left out.
  /// - Throws: `invalidData` where there are no samples or their numbers differ; `invalidArgument` for a batch size
  ///   below 1.
  public init(
    inputs: [Tensor], targets: [Tensor], outputWeights: [Tensor], batchSize: Int = 32, shuffleSeed: UInt64? = nil,
    dropsRemainder: Bool = false
  ) throws(CoreError) {
    guard batchSize > 0 else {
      throw CoreError(.invalidArgument, "found batch size \(batchSize), expected a number above 0")
    }
    let all = inputs + targets + outputWeights
    guard let first = inputs.first, first.rank > 0, first.shape[0] > 0 else {
      throw CoreError(.invalidData, "found no samples, expected at least one")
    }
    guard all.allSatisfy({ $0.rank > 0 && $0.shape[0] == first.shape[0] }) else {
      let shapes = all.map(\.shape.description).joined(separator: ", ")
      throw CoreError(.invalidData, "found data of shapes \(shapes), expected one number of samples in all")
    }
    (self.inputs, self.targets, self.outputWeights) = (inputs, targets, outputWeights)
    (self.batchSize, self.shuffleSeed, self.dropsRemainder) = (batchSize, shuffleSeed, dropsRemainder)
  }

  public var sampleCount: Int { inputs[0].shape[0] }

  public var batchCount: Int? {
    dropsRemainder ? sampleCount / batchSize : (sampleCount + batchSize - 1) / batchSize
  }

  public func batches(epoch: Int) -> BatchStream {
    let order = shuffleSeed.map { seed in
      Tensor.randomPermutation(count: sampleCount, key: RandomKey(seed: seed).folding(epoch))
    }
    var start = 0
    let end = dropsRemainder ? sampleCount / batchSize * batchSize : sampleCount
    return BatchStream {
      guard start < end else { return nil }
      let range = start..<min(start + self.batchSize, end)
      start = range.upperBound
      return self.batch(range, order)
    }
  }

  private func batch(_ range: Range<Int>, _ order: Tensor?) -> Batch {
    let indices = order?.aliasedRows(range)
    let rows = { (tensor: Tensor) in indices.map { tensor.gathered($0, axis: 0) } ?? tensor.aliasedRows(range) }
    return Batch(inputs: inputs.map(rows), targets: targets.map(rows), outputWeights: outputWeights.map(rows))
  }

  /// The first part, and the last `fraction` of the samples, as Keras's `validation_split` cuts them: before shuffling.
  ///
  /// - Throws: `invalidArgument` unless both parts have samples.
  public func split(validation fraction: Double) throws(CoreError) -> (
    training: TensorDataset, validation: TensorDataset
  ) {
    let cut = fraction.isFinite && (0...1).contains(fraction) ? Int(Double(sampleCount) * (1 - fraction)) : 0
    guard cut > 0, cut < sampleCount else {
      throw CoreError(
        .invalidArgument,
        "found a validation fraction of \(fraction) for \(sampleCount) samples, expected one that "
          + "leaves samples on both sides")
    }
    let part = { (range: Range<Int>, seed: UInt64?) throws(CoreError) -> TensorDataset in
      let rows = { (tensor: Tensor) in tensor.aliasedRows(range) }
      return try TensorDataset(
        inputs: self.inputs.map(rows), targets: self.targets.map(rows), outputWeights: self.outputWeights.map(rows),
        batchSize: self.batchSize, shuffleSeed: seed, dropsRemainder: self.dropsRemainder)
    }
    return (try part(0..<cut, shuffleSeed), try part(cut..<sampleCount, nil))
  }
}
