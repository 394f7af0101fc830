internal import Dispatch
internal import Synchronization
internal import TensorCore

extension BatchSource {
  /// The same batches, made ahead of time on a thread of their own, at most `count` waiting.
  ///
  /// An error reaches the consumer at the place of the batch that failed. A consumer that stops early ends the thread.
  public func prefetched(_ count: Int = 2) -> some BatchSource { PrefetchedBatches(base: self, count: max(count, 1)) }
}

private struct PrefetchedBatches<Base: BatchSource>: BatchSource {
  let base: Base
  let count: Int

  var batchCount: Int? { base.batchCount }

  func batches(epoch: Int) throws(CoreError) -> BatchStream {
    let queue = BatchQueue(capacity: count)
    let base = base
    DispatchQueue(label: "apus.prefetch").async {
      do throws(CoreError) {
        let stream = try base.batches(epoch: epoch)
        while let batch = try stream.next() {
          guard queue.put(.batch(batch)) else { return }
        }
        _ = queue.put(.end)
      } catch {
        _ = queue.put(.failure(error))
      }
    }
    // The stream owns the handle; when the consumer lets go of it, the producer is told to stop.
    let handle = QueueHandle(queue: queue)
    return BatchStream { try handle.next() }
  }
}

private final class QueueHandle {
  private let queue: BatchQueue
  private var hasEnded = false

  init(queue: BatchQueue) { self.queue = queue }

  deinit { queue.cancel() }

  func next() throws(CoreError) -> Batch? {
    guard !hasEnded else { return nil }
    switch queue.take() {
    case .batch(let batch): return batch
    case .end:
      hasEnded = true
      return nil
    case .failure(let error):
      hasEnded = true
      throw error
    }
  }
}

/// A bounded queue between one producer and one consumer.
private final class BatchQueue: Sendable {
  enum Item: Sendable {
    case batch(Batch)
    case end
    case failure(CoreError)
  }

  private struct State: Sendable {
    var items: [Item] = []
    var isCancelled = false
  }

  private let state = Mutex(State())
  private let free: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)

  init(capacity: Int) {
    // A semaphore must not be let go of below its first value, so it starts at 0 and is raised.
    free = DispatchSemaphore(value: 0)
    for _ in 0..<capacity { free.signal() }
  }

  /// Waits for room. false: the consumer is gone.
  func put(_ item: Item) -> Bool {
    free.wait()
    let isWanted = state.withLock { state in
      if !state.isCancelled { state.items.append(item) }
      return !state.isCancelled
    }
    if isWanted { filled.signal() }
    return isWanted
  }

  func take() -> Item {
    filled.wait()
    let item = state.withLock { $0.items.removeFirst() }
    free.signal()
    return item
  }

  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      state.items = []
    }
    free.signal()
  }
}
