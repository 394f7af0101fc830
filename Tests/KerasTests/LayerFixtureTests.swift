import TensorCore
import Testing

@Suite struct LayerFixtureTests {
  /// Values, gradients, weights after a training call and the config of every layer, as Keras 3 has them.
  @Test(arguments: ["layers", "layers_shaping", "layers_attention", "layers_wrapper", "layers_recurrence"])
  func everyConfigurationOfEveryLayerIsThatOfKeras(list: String) throws {
    var passed: [String: Int] = [:]
    let records = try Fixtures.records("keras3/\(list).json")
    for record in records {
      let layerCase = try LayerCase(record)
      do {
        // Keras's sparsemax is not the function of its name (see ActivationFixtureTests).
        let findings = try layerCase.findings(comparingNumbers: !layerCase.name.hasSuffix("sparsemax"))
        if findings.isEmpty { passed[layerCase.className, default: 0] += 1 }
        for finding in findings { Issue.record("\(layerCase.name): \(finding)") }
      } catch {
        Issue.record("\(layerCase.name): \(error)")
      }
    }
    print(
      "\(passed.values.reduce(0, +)) of \(records.count) configurations of \(passed.count) layers in \(list) as in Keras"
    )
    #expect(passed.count >= 3)
  }
}
