import Layers
import TensorCore
import Testing

@Suite struct LayerFixtureTests {
  /// Values, gradients, weights after a training call and the config of every layer, as Keras 3 has them.
  @Test(arguments: [
    "layers", "layers_shaping", "layers_attention", "layers_wrapper", "layers_recurrence", "layers_channels_first",
    "layers_odd", "layers_image", "layers_preprocessing", "layers_option", "layers_mask",
  ])
  func everyConfigurationOfEveryLayerIsThatOfKeras(list: String) throws { try check(list, .keras3) }

  /// Values, weights after a training call and the config of every layer that Keras 2 has too, as Keras 2.15 has them.
  @Test(arguments: [
    "layers", "layers_shaping", "layers_attention", "layers_wrapper", "layers_recurrence", "layers_odd",
    "layers_option", "layers_mask", "layers_random_sizes",
  ])
  func everyConfigurationOfEveryLayerIsThatOfKeras2(list: String) throws { try check(list, .keras2) }

  private func check(_ list: String, _ dialect: KerasDialect) throws {
    let folder = "keras\(dialect.rawValue)"
    var passed: [String: Int] = [:]
    let records = try Fixtures.records("\(folder)/\(list).json")
    let arrays = dialect == .keras2 ? try Fixtures.arrays("\(folder)/\(list).npz") : nil
    for record in records {
      let layerCase = try LayerCase(record, dialect: dialect, arrays: arrays)
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
      "\(passed.values.reduce(0, +)) of \(records.count) configurations of \(passed.count) layers in \(list) as in "
        + "Keras \(dialect.rawValue)")
    #expect(passed.values.reduce(0, +) == records.count)
  }
}
