internal import Synchronization
public import TensorCore

/// Measures how long each operation takes, by operation and layer.
///
///     let profiler = Profiler()
///     let y = profiler.unwatched(forward(profiler.watch(x)))
///     print(profiler)
///
/// Operations on watched tensors, and on what is computed from them, are measured. A tape inside sees its operations
/// measured too, forward and backward: watch the weights, then take gradients.
public final class Profiler: Interpreter, CustomStringConvertible {
  /// The time of one operation in one layer.
  public struct Entry: Sendable {
    public var operation: String
    public var layerPath: String
    public var callCount: Int
    public var time: Duration
  }

  public let level = InterpreterLevel.next()

  private struct Key: Hashable, Sendable {
    let operation: String
    let layerPath: String
  }

  private let entryOfKey = Mutex<[Key: Entry]>([:])

  public init() {}

  public func watch(_ tensor: Tensor) -> Tensor { tensor.traced(by: self, node: 0) }

  public func watch(_ weights: Weights) -> Weights { weights.mapTensors { watch($1) } }

  /// The tensor as it is without this profiler.
  public func unwatched(_ tensor: Tensor) -> Tensor { tensor.below(self) }

  /// What was measured, the longest first.
  public var entries: [Entry] {
    entryOfKey.withLock { Array($0.values) }.sorted {
      ($1.time, $0.operation, $0.layerPath) < ($0.time, $1.operation, $1.layerPath)
    }
  }

  public func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
    let below = inputs.map { $0.below(self) }
    let start = ContinuousClock.now
    let outputs = Tensor.applyAny(operation, below)
    let time = start.duration(to: .now)
    let key = Key(operation: type(of: operation).name, layerPath: Execution.layerPath)
    entryOfKey.withLock { entries in
      var entry =
        entries[key] ?? Entry(operation: key.operation, layerPath: key.layerPath, callCount: 0, time: .zero)
      entry.callCount += 1
      entry.time += time
      entries[key] = entry
    }
    return outputs.map { watch($0) }
  }

  /// A line per entry: microseconds, calls, operation, layer.
  public var description: String {
    entries.map { entry in
      let (seconds, attoseconds) = entry.time.components
      let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
      return "\(microseconds) µs\t\(entry.callCount)×\t\(entry.operation)\t\(entry.layerPath)"
    }.joined(separator: "\n")
  }
}
