import TensorCore
import Testing

@Suite struct BenchTests {
  private static let quick = ["--seconds", "0.01", "--threads", "1"]

  @Test func theTasksAreListed() throws {
    #expect(try Program.run(["bench", "--list"], code: 0).lines.contains { $0.hasPrefix("lenet_train ") })
    let json = try #require(try Program.run(["bench", "--list", "--json"], code: 0).json().arrayValue)
    #expect(json.contains { $0["name"] == "mlp_train" && $0["batch_size"] == 128 && $0["goal"] == "training" })
  }

  @Test func aMeasurementHasTimesFloorAndMemory() throws {
    let json = try Program.run(["bench", "lenet_predict1", "--json"] + Self.quick, code: 0).json()
    #expect(json["threads"] == 1)
    #expect(try #require(json["floor"]?["gigabytes_per_second"]?.doubleValue) > 0)
    #expect(try #require(json["floor"]?["products"]?[0]?["gflop_per_second"]?.doubleValue) > 0)
    let result = try #require(json["workloads"]?[0])
    #expect(result["name"] == "lenet_predict1" && result["parameters"] == 61706 && result["profile"] == .null)
    for key in ["median_ms", "best_ms", "steps", "flop", "bytes", "floor_ms", "floor_fraction", "peak_mib"] {
      #expect(try #require(result[key]?.doubleValue, "\(key)") > 0)
    }
    for key in ["tensors_per_step", "system_allocations_per_step"] { #expect(result[key]?.doubleValue != nil) }
  }

  @Test func theTableHasALinePerTask() throws {
    let result = try Program.run(["bench", "lenet_predict1", "mlp_train"] + Self.quick, code: 0)
    for name in ["lenet_predict1 ", "mlp_train "] { #expect(result.lines.contains { $0.hasPrefix(name) }) }
    #expect(result.output.contains("GFLOP/s") && result.output.contains("of floor"))
  }

  @Test func aProfileSaysLayerOperationAndBackend() throws {
    let folder = try Folder()
    let arguments = ["bench", "lenet_predict1", "--backend", "portable", "--json", "--profile", "trace.json"]
    let json = try Program.run(arguments + Self.quick, in: folder, code: 0).json()
    let entries = try #require(json["workloads"]?[0]?["profile"]?.arrayValue)
    #expect(entries.contains { $0["operation"] == "conv" && $0["layer"] != "" && $0["backend"] == "portable" })
    let trace = try JSON(parsing: folder.text("trace.json"))
    #expect(
      trace["traceEvents"]?.arrayValue?.contains { $0["ph"] == "X" && $0["args"]?["operation"] == "conv" } == true)
  }

  @Test func aProfileIsATableWithoutAFile() throws {
    let result = try Program.run(["bench", "lenet_predict1"] + Self.quick + ["--profile"], code: 0)
    #expect(result.output.contains("portable") && result.output.contains("in operations"))
  }

  @Test func aTraceThatCannotBeWrittenIsSaidBefore() throws {
    let result = try Program.run(["bench", "lenet_predict1", "--profile", "nowhere/trace.json"], code: 1)
    #expect(result.errors.contains("nowhere/trace.json") && result.output.isEmpty)
  }

  @Test func anUnknownBackendIsAFailure() throws {
    #expect(try Program.run(["bench", "lenet_predict1", "--backend", "abacus"], code: 1).errors.contains("abacus"))
  }
}
