public import TensorCore

/// Samples that a model sees at once.
public struct Batch: Sendable {
  /// One tensor per model input, `[samples, ...]`.
  public var inputs: [Tensor]
  /// One tensor per model output, `[samples, ...]`.
  public var targets: [Tensor]
  /// `[samples]`; nil: every sample counts 1.
  public var sampleWeights: Tensor?

  public init(inputs: [Tensor], targets: [Tensor] = [], sampleWeights: Tensor? = nil) {
    (self.inputs, self.targets, self.sampleWeights) = (inputs, targets, sampleWeights)
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
