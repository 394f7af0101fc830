public import TensorCore

/// A profile in the Trace Event Format, which ui.perfetto.dev, chrome://tracing and speedscope open.
///
/// Operations are complete events (`"ph": "X"`) named for what they are, on the track of their thread; layer, backend,
/// shapes, GFLOP/s and bytes are their arguments. Times are microseconds.
public struct ProfileTrace: Sendable {
  public var events: [ProfileEvent]
  public var spans: [ProfileSpan]

  /// The whole document.
  public var json: JSON {
    let process = 1
    var records: [JSON] = [Self.name("process_name", "Apus", process, thread: 0)]
    let threads = Set(events.map(\.thread) + spans.map(\.thread)).sorted()
    for thread in threads { records.append(Self.name("thread_name", "thread \(thread)", process, thread: thread)) }
    for span in spans {
      records.append(
        Self.complete(span.name, "run", process, thread: span.thread, span.start, span.duration, [:]))
    }
    for event in events {
      records.append(
        Self.complete(
          event.title, event.run.backendName ?? "portable", process, thread: event.thread, event.start,
          event.run.duration, event.arguments))
    }
    return ["displayTimeUnit": "ms", "traceEvents": .array(records)]
  }

  /// Writes the document. Throws where the file cannot be written.
  public func write(to path: String) throws(CoreError) {
    try AtomicFile.write(Array(json.serialized().utf8), to: path)
  }

  /// A metadata event, which names a process or a thread.
  private static func name(_ kind: String, _ name: String, _ process: Int, thread: Int) -> JSON {
    [
      "name": .string(kind), "ph": "M", "pid": .integer(process), "tid": .integer(thread),
      "args": ["name": .string(name)],
    ]
  }

  private static func complete(
    _ name: String, _ category: String, _ process: Int, thread: Int, _ start: Duration, _ duration: Duration,
    _ arguments: JSON
  ) -> JSON {
    [
      "name": .string(name), "cat": .string(category), "ph": "X", "ts": .number(start.inMicroseconds.thousandths),
      "dur": .number(duration.inMicroseconds.thousandths), "pid": .integer(process), "tid": .integer(thread),
      "args": arguments,
    ]
  }
}

extension ProfileEvent {
  fileprivate var title: String { run.layerPath.isEmpty ? run.name : "\(run.name) \(run.layerPath)" }

  fileprivate var arguments: JSON {
    let seconds = run.duration.inSeconds
    return [
      "operation": .string(run.name), "layer": .string(run.layerPath),
      "backend": .string(run.backendName ?? "portable"),
      "inputs": .array(run.inputs.map { .string("\($0)") }), "outputs": .array(run.outputs.map { .string("\($0)") }),
      "flop": .integer(run.flopCount), "bytes": .integer(run.byteCount),
      "gflop_per_second": .number(seconds > 0 ? (Double(run.flopCount) * 1e-9 / seconds).thousandths : 0),
    ]
  }
}

extension Double {
  /// Rounded, so that files stay small.
  fileprivate var thousandths: Double { (self * 1000).rounded() / 1000 }
}
