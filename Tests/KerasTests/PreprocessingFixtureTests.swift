import TensorCore
import Testing

@Suite struct PreprocessingFixtureTests {
  /// Values, element types, configs and what is learned of data, as Keras 3 has them; where it refuses, an error.
  @Test func everyConfigurationIsThatOfKeras() throws {
    var passed: [String: Int] = [:]
    let records = try Fixtures.records("keras3/preprocessing.json")
    for record in records {
      let preprocessingCase = try PreprocessingCase(record)
      do {
        let findings = try preprocessingCase.findings()
        if findings.isEmpty { passed[preprocessingCase.className, default: 0] += 1 }
        for finding in findings { Issue.record("\(preprocessingCase.name): \(finding)") }
      } catch {
        Issue.record("\(preprocessingCase.name): \(error)")
      }
    }
    print("\(passed.values.reduce(0, +)) of \(records.count) configurations of \(passed.count) layers as in Keras")
    #expect(passed.values.reduce(0, +) == records.count)
  }
}
