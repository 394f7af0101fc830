import Layers
import TensorCore
import TestKit
import Testing

@Suite struct DTypePolicyFixtureTests {
  /// A few roundings to 8 or 11 bits: of each input, product and sum, which kernels round at different places. TensorFlow
  /// adds up some gradients in 16 bits, where sums here are float32.
  private static func tolerance(_ policy: String) -> Tolerance {
    switch policy {
    case "mixed_bfloat16", "bfloat16": Tolerance(absolute: 0.08, relative: 0.04)
    case "mixed_float16", "float16": Tolerance(absolute: 0.01, relative: 0.005)
    default: .keras
    }
  }

  /// Values, gradients and the config of layers whose policy is another one than float32.
  @Test func layersCalculateInTheTypeOfTheirPolicy() throws {
    let records = try Fixtures.records("keras3/policies.json")
    for record in records {
      let policy = record["config"]?["dtype"]?["config"]?["name"]?.stringValue ?? ""
      let layerCase = try LayerCase(record, tolerance: Self.tolerance(policy))
      for finding in try layerCase.findings() { Issue.record("\(layerCase.name): \(finding)") }
    }
    #expect(records.count >= 100)
  }
}
