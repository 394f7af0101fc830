import Foundation
import Profiling
import TensorCore
import Testing

@Suite struct ProfileTraceTests {
  private static func trace() -> ProfileTrace {
    let profiler = Profiler()
    let x = Tensor.ones([2, 3])
    profiler.run("step") {
      Execution.$layerPath.withValue("block/\"dense\"") { _ = x.matmul(Tensor.ones([3, 4])) }
    }
    return profiler.trace
  }

  /// The Trace Event Format asks for name, phase, process and thread of every event, and of a complete one for a time
  /// and a duration in microseconds.
  @Test func everyEventHasWhatViewersAskFor() throws {
    let document = try JSON(parsing: Self.trace().json.serialized())
    #expect(document["displayTimeUnit"] == "ms")
    let events = try #require(document["traceEvents"]?.arrayValue)
    for event in events {
      #expect(event["name"]?.stringValue?.isEmpty == false)
      #expect(event["pid"]?.intValue != nil && event["tid"]?.intValue != nil)
      switch event["ph"] {
      case "M": #expect(event["args"]?["name"]?.stringValue != nil)
      case "X":
        #expect(try #require(event["ts"]?.doubleValue) >= 0)
        #expect(try #require(event["dur"]?.doubleValue) >= 0)
        #expect(event["cat"]?.stringValue != nil && event["args"]?.objectValue != nil)
      default: Issue.record("found phase \(String(describing: event["ph"]))")
      }
    }
  }

  @Test func anOperationHasItsLayerAndArithmetic() throws {
    let events = try #require(Self.trace().json["traceEvents"]?.arrayValue)
    let product = try #require(events.first { $0["args"]?["operation"] == "matmul" })
    #expect(product["args"]?["layer"] == "block/\"dense\"")
    #expect(product["args"]?["flop"] == 48 && product["args"]?["bytes"] == .integer(4 * (6 + 12 + 8)))
    #expect(product["args"]?["inputs"]?.arrayValue?.count == 2)
  }

  @Test func anOperationLiesWithinItsRun() throws {
    let trace = Self.trace()
    let (span, event) = (try #require(trace.spans.first), try #require(trace.events.last))
    #expect(span.name == "step" && span.start <= event.start && span.thread == event.thread)
    #expect(event.start + event.run.duration <= span.start + span.duration)
  }

  @Test func theFileIsTheDocument() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "apus-trace-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let trace = Self.trace()
    try trace.write(to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == trace.json.serialized())
    #expect(throws: CoreError.self) { try trace.write(to: "/nowhere/trace.json") }
  }
}
