import Optimizers
import TensorCore
import Testing

/// `LossScaleOptimizer` with gradients some of which are not finite: weights, scale and counters after every step.
@Suite struct LossScaleFixtureTests {
  private static let steps = 20

  @Test func lossScalingIsThatOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/loss_scale.npz")
    let records = try Fixtures.records("keras3/loss_scale.json")
    for record in records {
      let name = try record.string("name")
      for finding in try findings(record, name, arrays) { Issue.record("\(name): \(finding)") }
    }
    #expect(records.count == 7)
  }

  private func findings(_ record: JSONObject, _ name: String, _ arrays: [String: Tensor]) throws -> [String] {
    let optimizer = try OptimizerCoder().optimizer(from: .object(record))
    var found = differences(.object(try OptimizerCoder().config(of: optimizer)), record["config"] ?? nil)
    var weights = Self.weights([try arrays.array("start_0"), try arrays.array("start_1")])
    let gradients = [try arrays.array("gradients_0"), try arrays.array("gradients_1")]
    let isDynamic = optimizer is LossScaleOptimizer
    var state = OptimizerState(for: optimizer, weights: weights)
    for step in 0..<Self.steps {
      // A fixed scale skips nothing: the fixture has the last finite gradients again.
      var source = step
      while !isDynamic, !gradients.allSatisfy({ Self.isFinite($0.row(source)) }) { source -= 1 }
      optimizer.step(&weights, gradients: Self.weights(gradients.map { $0.row(source) }), state: &state)
      for index in 0..<2 {
        let expected = try arrays.array("\(name)/weights_\(index)").row(step)
        let finding = difference(weights.tensors[index], expected, "weight \(index) after step \(step)")
        if let finding { found.append(finding) }
      }
      guard isDynamic else { continue }
      let scale = try #require(state.lossScale)
      let now = [scale.value, Float(scale.finiteStepCount), Float(state.iterations)]
      let expected = try ["scales", "counters", "iterations"].map { kind in
        try arrays.array("\(name)/\(kind)").scalars(of: Float.self)[step]
      }
      if now != expected { found.append("after step \(step): scale, counter, iterations \(now), expected \(expected)") }
    }
    return try found + stateFindings(record, name, arrays, optimizer, state, weights)
  }

  private func stateFindings(
    _ record: JSONObject, _ name: String, _ arrays: [String: Tensor], _ optimizer: any Optimizer,
    _ state: OptimizerState, _ weights: Weights
  ) throws -> [String] {
    var found: [String] = []
    let variables = state.kerasVariables(
      of: optimizer, weightNames: ["weight_0", "weight_1"], dialect: .keras3, weights: weights)
    // Within `fit` Keras puts the outer name before all of them, as is written here.
    let own = { (name: String) in name.split(separator: "/").suffix(2).joined(separator: "/") }
    let names = record["variables"]?.arrayValue?.compactMap(\.stringValue) ?? []
    if variables.map({ own($0.name) }) != names { found.append("variables \(variables.map(\.name)), not \(names)") }
    for (index, variable) in variables.enumerated() {
      let expected = try arrays.array("\(name)/variable_\(index)")
      if let finding = difference(variable.tensor, expected, variable.name) { found.append(finding) }
    }
    let again = try OptimizerState(kerasVariables: variables, of: optimizer, weights: weights, dialect: .keras3)
    if again.iterations != state.iterations || again.lossScale != state.lossScale {
      found.append("\(again.iterations) iterations, scale \(again.lossScale, default: "nil") after a round trip")
    }
    return found
  }

  private static func isFinite(_ tensor: Tensor) -> Bool {
    tensor.scalars(of: Float.self).allSatisfy(\.isFinite)
  }

  private static func weights(_ tensors: [Tensor]) -> Weights {
    let keys = tensors.enumerated().map { WeightKey(slot: $0, path: "weight_\($0)", spec: $1.spec) }
    return Weights(keys: keys, tensors: tensors)
  }
}
