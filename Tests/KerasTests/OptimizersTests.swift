import Optimizers
import TensorCore
import TestKit
import Testing

@Suite struct OptimizersTests {
  private static let steps = 20
  private static let names = ["weight_0", "weight_1", "stack_2", "embedding_3"]

  /// Twenty steps with given gradients: the weights after each, the variables after the last, the config.
  @Test func everyOptimizerIsThatOfKeras() throws {
    let records = try check("keras3", .keras3)
    #expect(records.count == 107)
    let kinds = Set(try records.map { try OptimizerCoder().optimizer(from: .object($0)) }.map { type(of: $0).kind })
    #expect(kinds.count == OptimizerRegistry.builtIn.names.count - 1, "all but LossScaleOptimizer")
  }

  /// The rules of Keras 2.15 are the same but for what is left out here; those that it calls legacy are not.
  @Test func everyOptimizerIsThatOfKeras2() throws {
    #expect(try check("keras2", .keras2).count == 70)
  }

  private func check(_ folder: String, _ dialect: OptimizerDialect) throws -> [JSONObject] {
    let arrays = try Fixtures.arrays("\(folder)/optimizers.npz")
    let records = try Fixtures.records("\(folder)/optimizers.json")
    for record in records {
      let name = try record.string("name")
      for finding in try findings(record, name, arrays, dialect) { Issue.record("\(folder) \(name): \(finding)") }
    }
    return records
  }

  private func findings(
    _ record: JSONObject, _ name: String, _ arrays: [String: Tensor], _ dialect: OptimizerDialect
  ) throws -> [String] {
    let coder = OptimizerCoder(dialect: dialect)
    var optimizer = try coder.optimizer(from: .object(record))
    var found = differences(.object(try coder.config(of: optimizer)), record["config"] ?? nil)
    optimizer.settings.weightDecayExclusions = record["excluded"]?.arrayValue?.compactMap(\.stringValue) ?? []
    var weights = Self.weights(arrays.numbered("start"))
    let gradients = arrays.numbered("gradients")
    var state = OptimizerState(for: optimizer, weights: weights)
    for step in 0..<Self.steps {
      optimizer.step(&weights, gradients: Self.weights(gradients.map { $0.row(step) }), state: &state)
      for index in gradients.indices {
        let expected = try arrays.array("\(name)/weights_\(index)")
        guard expected.shape[0] == Self.steps || step == Self.steps - 1 else { continue }
        let row = expected.row(expected.shape[0] == 1 ? 0 : step)
        let finding = difference(weights.tensors[index], row, "weight \(index) after step \(step)")
        if let finding { found.append(finding) }
      }
    }
    return try found + stateFindings(record, name, arrays, dialect, optimizer, state, weights)
  }

  private func stateFindings(
    _ record: JSONObject, _ name: String, _ arrays: [String: Tensor], _ dialect: OptimizerDialect,
    _ optimizer: any Optimizer, _ state: OptimizerState, _ weights: Weights
  ) throws -> [String] {
    var found: [String] = []
    let names = record["variables"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let variables = state.kerasVariables(
      of: optimizer, weightNames: Self.names, dialect: dialect, weights: weights)
    // Keras 3 calls two variables of Adafactor alike; Keras 2.11 to 2.15 puts the optimizer's name before them within `fit`
    // alone.
    let own = { (name: String) in
      dialect == .keras3 || optimizer.settings.isLegacy
        ? name : name.split(separator: "/").suffix(2).joined(separator: "/")
    }
    if Set(names).count == names.count, variables.map({ own($0.name) }) != names {
      found.append("variables \(variables.map(\.name)), expected \(names)")
    }
    if variables.count != names.count { found.append("\(variables.count) variables, expected \(names.count)") }
    for (index, variable) in variables.enumerated() {
      // Keras 2 writes into SGD's momenta even where it does not use them.
      if dialect == .keras2, optimizer.slotNames.isEmpty, index > 0 { continue }
      let expected = try arrays.array("\(name)/variable_\(index)")
      if let finding = difference(variable.tensor, expected, variable.name) { found.append(finding) }
    }
    let again = try OptimizerState(kerasVariables: variables, of: optimizer, weights: weights, dialect: dialect)
    if again.iterations != Self.steps { found.append("\(again.iterations) iterations after a round trip") }
    for (old, new) in zip(state.slots, again.slots) {
      // Keras 2 has no place for sums of gradients.
      for (a, b) in zip(old, new) where dialect == .keras3 {
        if let finding = difference(b, a, "slot after a round trip", .exact) { found.append(finding) }
      }
    }
    return found
  }

  private static func weights(_ tensors: [Tensor]) -> Weights {
    let keys = tensors.enumerated().map { WeightKey(slot: $0, path: names[$0], spec: $1.spec) }
    return Weights(keys: keys, tensors: tensors)
  }

  /// The learning rates of the first fifty steps, and the config.
  @Test func everyScheduleIsThatOfKeras() throws {
    let records = try Fixtures.records("keras3/schedules.json")
    for record in records {
      let (name, described) = (try record.string("name"), record["schedule"] ?? .null)
      let schedule = try OptimizerCoder().schedule(from: described)
      for finding in differences(try OptimizerCoder().serialized(schedule), described) {
        Issue.record("\(name): \(finding)")
      }
      let rates = record["rates"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      #expect(rates.count == 50)
      for (step, rate) in rates.enumerated() {
        let found = schedule.learningRate(after: step)
        #expect(abs(found - rate) <= 1e-8 + 1e-5 * rate, "\(name) at step \(step): found \(found), expected \(rate)")
      }
    }
    #expect(records.count == 24)
    let kinds = Set(
      try records.map { try OptimizerCoder().schedule(from: $0["schedule"] ?? .null) }.map { type(of: $0).kind })
    #expect(kinds.sorted() == LearningRateScheduleRegistry.builtIn.names)
  }
}
