import Data
import Synchronization
import TensorCore
import Testing

@Suite struct BatchSourceTests {
  private func dataset(_ count: Int, batchSize: Int, seed: UInt64? = nil, drops: Bool = false) throws -> TensorDataset {
    try TensorDataset(
      inputs: [Tensor((0..<count * 2).map(Float.init), [count, 2])], targets: [Tensor((0..<count).map(Int64.init))],
      batchSize: batchSize, shuffleSeed: seed, dropsRemainder: drops)
  }

  /// The targets of an epoch, batch by batch; checks that every input row goes with its target.
  private func targets(_ source: some BatchSource, epoch: Int = 0) throws -> [[Int64]] {
    let stream = try source.batches(epoch: epoch)
    var all: [[Int64]] = []
    while let batch = try stream.next() {
      let targets = batch.targets[0].scalars(of: Int64.self)
      #expect(batch.sampleCount == targets.count)
      #expect(batch.inputs[0].scalars(of: Float.self) == targets.flatMap { [Float(2 * $0), Float(2 * $0 + 1)] })
      all.append(targets)
    }
    return all
  }

  @Test func servesTheDataInOrder() throws {
    let data = try dataset(7, batchSize: 3)
    #expect(data.batchCount == 3)
    #expect(try targets(data) == [[0, 1, 2], [3, 4, 5], [6]])
    let full = try dataset(7, batchSize: 3, drops: true)
    #expect(full.batchCount == 2)
    #expect(try targets(full) == [[0, 1, 2], [3, 4, 5]])
  }

  @Test func shufflesAnewEveryEpochAndTheSameForASeed() throws {
    let data = try dataset(100, batchSize: 32, seed: 5)
    let first = try targets(data)
    #expect(first.map(\.count) == [32, 32, 32, 4])
    #expect(first.flatMap { $0 }.sorted() == Array(0..<100))
    #expect(first.flatMap { $0 } != Array(0..<100))
    #expect(try targets(data) == first)
    #expect(try targets(dataset(100, batchSize: 32, seed: 5)) == first)
    #expect(try targets(data, epoch: 1) != first)
    #expect(try targets(dataset(100, batchSize: 32, seed: 6)) != first)
  }

  @Test func splitsOffTheLastSamples() throws {
    let (training, validation) = try dataset(10, batchSize: 4, seed: 1).split(validation: 0.25)
    // As Keras cuts: the whole part of 10 * 0.75.
    #expect(try targets(training).flatMap { $0 }.sorted() == Array(0..<7))
    #expect(try targets(validation) == [[7, 8, 9]])
    for fraction in [0, 1, -0.5, 2, .nan, 0.999] {
      #expect(throws: CoreError.self) { try dataset(10, batchSize: 4).split(validation: fraction) }
    }
  }

  @Test func refusesDataThatDoesNotFitTogether() throws {
    let (three, four) = (Tensor([1, 2, 3] as [Float]), Tensor([1, 2, 3, 4] as [Float]))
    let error = try failure { _ = try TensorDataset(inputs: [three], targets: [four]) }
    #expect(error.code == .invalidData)
    #expect(error.message == "found data of shapes [3], [4], expected one number of samples in all")
    #expect(throws: CoreError.self) { try TensorDataset(inputs: [three], sampleWeights: four) }
    #expect(throws: CoreError.self) { try TensorDataset(inputs: []) }
    #expect(throws: CoreError.self) { try TensorDataset(inputs: [Tensor(Float(1))]) }
    #expect(throws: CoreError.self) { try TensorDataset(inputs: [three], batchSize: 0) }
  }

  @Test func mapsAndTakes() throws {
    let data = try dataset(7, batchSize: 2).take(2).map { batch in
      Batch(inputs: batch.inputs, targets: batch.targets, sampleWeights: Tensor([1, 2] as [Float]))
    }
    #expect(data.batchCount == 2)
    #expect(try targets(data) == [[0, 1], [2, 3]])
    #expect(try data.batches(epoch: 0).next()?.sampleWeights?.scalars(of: Float.self) == [1, 2])
  }

  @Test(arguments: [1, 3, 100]) func prefetchingChangesNothing(_ count: Int) throws {
    let data = try dataset(40, batchSize: 3, seed: 2)
    #expect(try targets(data.prefetched(count)) == targets(data))
    #expect(data.prefetched(count).batchCount == 14)
    let stream = try data.prefetched(count).batches(epoch: 0)
    while try stream.next() != nil {}
    // The end stays the end.
    #expect(try stream.next() == nil)
  }

  @Test func prefetchingHandsOverErrorsInTheirPlace() throws {
    struct Broken: Error {}
    let served = Mutex(0)
    let data = try dataset(10, batchSize: 2).map { batch in
      try served.withLock { count in
        count += 1
        if count == 3 { throw Broken() }
      }
      return batch
    }
    let stream = try data.prefetched(4).batches(epoch: 0)
    #expect(try stream.next()?.targets[0].scalars(of: Int64.self) == [0, 1])
    #expect(try stream.next()?.targets[0].scalars(of: Int64.self) == [2, 3])
    #expect(throws: CoreError.self) { try stream.next() }
    #expect(try stream.next() == nil)
  }

  @Test func prefetchingEndsWithItsConsumer() async throws {
    /// Counts the batches that were made, and says when it goes.
    final class Probe: Sendable {
      let made = Mutex(0)
      let ended: AsyncStream<Void>.Continuation
      init(_ ended: AsyncStream<Void>.Continuation) { self.ended = ended }
      deinit { ended.finish() }
    }
    struct Endless: BatchSource {
      let probe: Probe
      var batchCount: Int? { nil }
      func batches(epoch: Int) -> BatchStream {
        BatchStream { [probe] in
          probe.made.withLock { $0 += 1 }
          return Batch(inputs: [Tensor([1] as [Float])])
        }
      }
    }
    let (ended, continuation) = AsyncStream<Void>.makeStream()
    do {
      let probe = Probe(continuation)
      let stream = try Endless(probe: probe).prefetched(2).batches(epoch: 0)
      for _ in 0..<10 { _ = try stream.next() }
      // Ten were taken; two may wait and one may be in the making.
      #expect(probe.made.withLock { $0 } <= 13)
    }
    // Finishes only when the producer has let go of the source.
    for await _ in ended {}
  }
}
