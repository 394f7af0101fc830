import AutoDiff
import Layers
import TensorCore
import Testing

@Suite struct ActivationFixtureTests {
  @Test func valuesAndDerivativesOfEveryActivationAreThoseOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/activations.npz")
    let records = try Fixtures.records("keras3/activations.json")
    for record in records {
      let name = try record.string("name")
      let activation = try JSONValueDecoder().decode(Activation.self, from: serialized(record))
      let rule = try activation.rule(in: .shared)
      let cases = record["along_axis"] == true ? [("rows", "")] : [("x", ""), ("kinks", "kinks_")]
      for (input, prefix) in cases {
        let x = try arrays.array(input)
        let upstream =
          input == "rows"
          ? try arrays["\(name)/upstream"] ?? arrays.array("rows_upstream") : Tensor.ones(x.shape)
        let (values, pull) = pullback(at: [x]) { [rule.apply($0[0])] }
        let output = try arrays.array("\(name)/\(prefix)output")
        let gradient = try arrays.array("\(name)/\(prefix)gradient")
        let findings = [
          difference(values[0], output, "\(name) on \(input)"),
          difference(pull([upstream])[0], gradient, "derivative of \(name) on \(input)"),
        ]
        for finding in findings.compactMap({ $0 }) { Issue.record("\(finding)") }
      }
    }
    print("\(records.count) activations compared with Keras")
  }

  /// A name where there are no settings, else an object as Keras serialises functions with a config.
  private func serialized(_ record: JSONObject) throws -> JSON {
    let function = try record.string("function")
    guard let arguments = record["arguments"]?.objectValue, !arguments.isEmpty else { return .string(function) }
    return ["module": "keras.activations", "class_name": .string(function), "config": .object(arguments)]
  }
}
