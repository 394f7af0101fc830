internal import Glibc
internal import Synchronization
public import TensorCore

/// Measures how long every operation takes, in which layer, and which backend computes it.
///
/// ```swift
/// let profiler = Profiler()
/// let probabilities = try profiler.run { try model.predict(images) }
/// print(profiler.table())
/// try profiler.trace.write(to: "predict.json")  // for ui.perfetto.dev or chrome://tracing
/// ```
///
/// It sees what eager execution, plans and optimizers compute inside of `run`: forward and backward passes, and updates.
/// One profiler may watch several runs, on several threads at once; it keeps `capacity` events and all sums.
public final class Profiler: ExecutionObserver, Sendable {
  /// The most events that are kept for the trace; later ones are only summed up.
  public let capacity: Int

  private struct Key: Hashable, Sendable {
    let operation: String
    let layerPath: String
    let backendName: String?
  }

  private struct State: Sendable {
    var events: [ProfileEvent] = []
    var entryOfKey: [Key: ProfileEntry] = [:]
    var spans: [ProfileSpan] = []
    var wallTime = Duration.zero
    var threads: [pthread_t: Int] = [:]

    /// The number of the calling thread.
    mutating func currentThread() -> Int {
      let known = threads[pthread_self()] ?? threads.count + 1
      threads[pthread_self()] = known
      return known
    }
  }

  private let state = Mutex(State())
  private let origin = ContinuousClock.now

  /// - Parameter capacity: the most events that are kept for the trace.
  public init(capacity: Int = 200_000) { self.capacity = max(0, capacity) }

  /// Runs `body`, watching all that it computes on this task.
  ///
  /// - Parameters:
  ///   - name: what the trace calls the whole of it, such as `"step"`.
  ///   - body: what is measured.
  public func run<R>(_ name: String = "run", _ body: () throws -> R) rethrows -> R {
    let start = ContinuousClock.now
    defer {
      let end = ContinuousClock.now
      state.withLock { state in
        let span = ProfileSpan(
          name: name, thread: state.currentThread(), start: origin.duration(to: start),
          duration: start.duration(to: end))
        state.wallTime += span.duration
        if state.spans.count < capacity { state.spans.append(span) }
      }
    }
    return try Execution.$observer.withValue(self, operation: body)
  }

  public func didRun(_ run: OperationRun) {
    let key = Key(operation: run.name, layerPath: run.layerPath, backendName: run.backendName)
    state.withLock { state in
      if state.events.count < capacity {
        state.events.append(ProfileEvent(run, thread: state.currentThread(), since: origin))
      }
      state.entryOfKey[key, default: ProfileEntry(run)].add(run)
    }
  }

  /// Sums per operation, layer and backend, the longest first.
  public var entries: [ProfileEntry] {
    state.withLock { Array($0.entryOfKey.values) }.sorted(by: ProfileEntry.isLonger)
  }

  /// Sums per operation and backend over all layers, the longest first.
  public var entriesByOperation: [ProfileEntry] {
    summed(
      entries.map { entry in
        var entry = entry
        entry.layerPath = ""
        return entry
      })
  }

  /// Sums per layer over all its operations, the longest first. `operation` and `backendName` are empty.
  public var entriesByLayer: [ProfileEntry] {
    summed(
      entries.map { entry in
        var entry = entry
        (entry.operation, entry.backendName) = ("", nil)
        return entry
      })
  }

  /// The single runs, in the order in which they ended, up to `capacity`.
  public var events: [ProfileEvent] { state.withLock { $0.events } }

  /// The calls of `run`.
  public var spans: [ProfileSpan] { state.withLock { $0.spans } }

  /// How long all calls of `run` took together, what is no operation included.
  public var wallTime: Duration { state.withLock { $0.wallTime } }

  /// The time of all operations.
  public var operationTime: Duration { entries.reduce(.zero) { $0 + $1.time } }

  /// The events as a file for a trace viewer.
  public var trace: ProfileTrace { ProfileTrace(events: events, spans: spans) }

  private func summed(_ entries: [ProfileEntry]) -> [ProfileEntry] {
    var sums: [Key: ProfileEntry] = [:]
    for entry in entries {
      let key = Key(operation: entry.operation, layerPath: entry.layerPath, backendName: entry.backendName)
      if sums[key] == nil { sums[key] = entry } else { sums[key]?.add(entry) }
    }
    return sums.values.sorted(by: ProfileEntry.isLonger)
  }
}
