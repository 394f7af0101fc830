public import TensorCore

/// Samples that a model sees at once.
public struct Batch: Sendable {
  /// One tensor per model input, `[samples, ...]`.
  public var inputs: [Tensor]
  /// One tensor per model output, `[samples, ...]`.
  public var targets: [Tensor]
  /// What the losses of samples, `[samples]`, or of their steps, `[samples, steps]`, are multiplied with: nothing, one
  /// tensor for all outputs, or one per output.
  public var outputWeights: [Tensor]

  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per model input.
  ///   - targets: `[samples, ...]`, one per model output.
  ///   - sampleWeights: `[samples]`, for all outputs; nil: every sample counts 1.
  public init(inputs: [Tensor], targets: [Tensor] = [], sampleWeights: Tensor? = nil) {
    self.init(inputs: inputs, targets: targets, outputWeights: sampleWeights.map { [$0] } ?? [])
  }

  /// - Parameters:
  ///   - inputs: `[samples, ...]`, one per model input.
  ///   - targets: `[samples, ...]`, one per model output.
  ///   - outputWeights: `[samples]` or `[samples, steps]`, one per model output.
  public init(inputs: [Tensor], targets: [Tensor], outputWeights: [Tensor]) {
    (self.inputs, self.targets, self.outputWeights) = (inputs, targets, outputWeights)
  }

  /// The weights where they are the same for all outputs; nil: there are none, or each output has its own.
  public var sampleWeights: Tensor? {
    get { outputWeights.count == 1 ? outputWeights[0] : nil }
    set { outputWeights = newValue.map { [$0] } ?? [] }
  }

  /// The weights of an output's samples; nil: every sample counts 1.
  public func weights(ofOutput index: Int) -> Tensor? {
    outputWeights.count == 1 ? outputWeights[0] : index < outputWeights.count ? outputWeights[index] : nil
  }

  public var sampleCount: Int { inputs.first?.shape[0] ?? 0 }
}

/// Where batches come from: data in memory, files, a generator. A value; every epoch makes a stream of its own.
public protocol BatchSource: Sendable {
  /// nil where it is not known beforehand.
  var batchCount: Int? { get }

  /// The batches of an epoch, from 0. The same epoch gives the same batches.
  func batches(epoch: Int) throws(CoreError) -> BatchStream
}

/// The batches of one epoch, one after the other. Used by one thread.
public final class BatchStream {
  private let body: () throws -> Batch?

  /// - Parameter next: gives the next batch, nil at the end.
  public init(_ next: @escaping () throws -> Batch?) { body = next }

  public func next() throws(CoreError) -> Batch? {
    do {
      return try body()
    } catch {
      throw CoreError(wrapping: error, .invalidData)
    }
  }
}

extension BatchSource {
  /// Every batch changed on the way.
  public func map(_ transform: @escaping @Sendable (Batch) throws -> Batch) -> some BatchSource {
    MappedBatches(base: self, transform: transform)
  }

  /// The first `count` batches of every epoch.
  public func take(_ count: Int) -> some BatchSource { TakenBatches(base: self, count: count) }
}

private struct MappedBatches<Base: BatchSource>: BatchSource {
  let base: Base
  let transform: @Sendable (Batch) throws -> Batch

  var batchCount: Int? { base.batchCount }

  func batches(epoch: Int) throws(CoreError) -> BatchStream {
    let stream = try base.batches(epoch: epoch)
    return BatchStream { [transform] in try stream.next().map(transform) }
  }
}

private struct TakenBatches<Base: BatchSource>: BatchSource {
  let base: Base
  let count: Int

  var batchCount: Int? { base.batchCount.map { min($0, count) } ?? count }

  func batches(epoch: Int) throws(CoreError) -> BatchStream {
    let stream = try base.batches(epoch: epoch)
    var taken = 0
    return BatchStream { [count] in
      guard taken < count else { return nil }
      taken += 1
      return try stream.next()
    }
  }
}
