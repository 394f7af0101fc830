import Optimizers
import TensorCore
import Testing

@Suite struct OptimizersTests {
  private static let steps = 20

  /// Twenty steps with given gradients: the weights after each, the variables after the last, the config.
  @Test func everyOptimizerIsThatOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/optimizers.npz")
    var count = 0
    for record in try Fixtures.records("keras3/optimizers.json") {
      let name = try record.string("name")
      guard !["sgd_ema", "sgd_accumulation"].contains(name) else { continue }
      for finding in try findings(record, name, arrays) { Issue.record("\(name): \(finding)") }
      count += 1
    }
    #expect(count == 16)
  }

  private func findings(_ record: JSONObject, _ name: String, _ arrays: [String: Tensor]) throws -> [String] {
    let optimizer = try OptimizerCoder().optimizer(from: .object(record))
    var found = differences(.object(try OptimizerCoder().config(of: optimizer)), record["config"] ?? nil)
    var weights = Self.weights([try arrays.array("start_0"), try arrays.array("start_1")])
    let gradients = [try arrays.array("gradients_0"), try arrays.array("gradients_1")]
    var state = OptimizerState(for: optimizer, weights: weights)
    for step in 0..<Self.steps {
      optimizer.step(&weights, gradients: Self.weights(gradients.map { $0.row(step) }), state: &state)
      for index in 0..<2 {
        let expected = try arrays.array("\(name)/weights_\(index)").row(step)
        let finding = difference(weights.tensors[index], expected, "weight \(index) after step \(step)")
        if let finding { found.append(finding) }
      }
    }
    let names = record["variables"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let specs = weights.tensors.map(\.spec)
    let variables = state.kerasVariables(
      of: optimizer, weightNames: ["weight_0", "weight_1"], dialect: .keras3, specs: specs)
    if variables.map(\.name) != names { found.append("variables \(variables.map(\.name)), expected \(names)") }
    for (index, variable) in variables.enumerated() {
      let expected = try arrays.array("\(name)/variable_\(index)")
      if let finding = difference(variable.tensor, expected, variable.name) { found.append(finding) }
    }
    let again = try OptimizerState(kerasVariables: variables, of: optimizer, weights: weights, dialect: .keras3)
    if again.iterations != Self.steps { found.append("\(again.iterations) iterations after a round trip") }
    return found
  }

  private static func weights(_ tensors: [Tensor]) -> Weights {
    let keys = tensors.enumerated().map { WeightKey(slot: $0, path: "weight_\($0)", spec: $1.spec) }
    return Weights(keys: keys, tensors: tensors)
  }

  /// What an optimizer here does not do is an error, not something else.
  @Test(arguments: ["sgd_ema", "sgd_accumulation"])
  func settingsThatCannotBeHonouredAreErrors(name: String) throws {
    let records = try Fixtures.records("keras3/optimizers.json")
    let record = try #require(records.first { $0["name"]?.stringValue == name })
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(from: .object(record)) }
    #expect(error?.description.contains("cannot be honoured") == true)
  }
}
