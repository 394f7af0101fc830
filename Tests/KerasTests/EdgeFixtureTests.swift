import AutoDiff
import Layers
import TensorCore
import Testing
import Training

/// Every loss and every metric where weights or masks leave nothing, predictions are sure, or there is one class alone.
@Suite struct EdgeFixtureTests {
  @Test func everyLossIsThatOfKerasAtItsEdges() throws {
    let arrays = try Fixtures.arrays("keras3/edges.npz")
    var kinds: [String: Int] = [:]
    for record in try Fixtures.records("keras3/edges.json") where record["kind"]?.stringValue == "loss" {
      let name = try record.string("name")
      for finding in try lossFindings(record, name, arrays) { Issue.record("\(name): \(finding)") }
      kinds[try record.string("class_name"), default: 0] += 1
    }
    #expect(kinds.keys.sorted() == LossRegistry.builtIn.names)
    #expect(kinds.values.allSatisfy { $0 >= 6 })
  }

  private func lossFindings(_ record: JSONObject, _ name: String, _ arrays: [String: Tensor]) throws -> [String] {
    var loss = try PluginHost.shared.loss(from: .object(record))
    let predictions = try arrays.array("\(name)/y_pred")
    let targets = try loss.prepare(arrays.array("\(name)/y_true"), for: predictions.spec)
    let (weights, mask) = (arrays["\(name)/sample_weight"], arrays["\(name)/mask"])
    var findings: [String?] = []
    for reduction in LossReduction.allCases {
      guard let expected = arrays["\(name)/\(reduction.rawValue)"] else { continue }
      loss.reduction = reduction
      findings.append(
        difference(loss(targets, predictions, weights: weights, mask: mask), expected, reduction.rawValue))
    }
    loss.reduction = .sumOverBatchSize
    let gradient = valueAndGradients(at: [predictions]) { loss(targets, $0[0], weights: weights, mask: mask) }
      .gradients[0]
    findings.append(difference(gradient, try arrays.array("\(name)/grad"), "gradient"))
    return findings.compactMap(\.self)
  }

  @Test func everyMetricIsThatOfKerasAtItsEdges() throws {
    let arrays = try Fixtures.arrays("keras3/edges.npz")
    var kinds: [String: Int] = [:]
    for record in try Fixtures.records("keras3/edges.json") where record["kind"]?.stringValue == "metric" {
      let (name, kind) = (try record.string("name"), try record.string("class_name"))
      let found: [Double]
      switch kind {
      case "Mean":
        var mean = Mean()
        try Self.updates(name, arrays) { mean.update($1, weights: $2) }
        found = [mean.result]
      case "Sum":
        var sum = Sum()
        try Self.updates(name, arrays) { sum.update($1, weights: $2) }
        found = [sum.result]
      default:
        found = try results(
          PluginHost.shared.metric(named: kind, config: record["config"]?.objectValue ?? [:]), name, arrays)
      }
      let expected = try arrays.array("\(name)/result").scalars(of: Float.self)
      let isEqual = zip(found, expected).allSatisfy {
        abs($0 - Double($1)) < 1e-6 + 2e-6 * abs($0) || ($0.isNaN && $1.isNaN)
      }
      #expect(found.count == expected.count && isEqual, "\(name): \(found), not \(expected)")
      kinds[kind, default: 0] += 1
    }
    #expect(kinds.keys.sorted() == (MetricRegistry.builtIn.names + ["Mean", "Sum"]).sorted())
    #expect(kinds.values.allSatisfy { $0 == 4 })
  }

  private func results(_ metric: any Metric, _ name: String, _ arrays: [String: Tensor]) throws -> [Double] {
    let resolved = metric.resolved(
      try arrays.array("\(name)/y_true_0").spec, try arrays.array("\(name)/y_pred_0").spec)
    var state = [Double](repeating: 0, count: resolved.stateCount)
    try Self.updates(name, arrays) { targets, predictions, weights in
      try resolved.check(targets.spec, predictions.spec)
      for (index, value) in resolved.statistics(targets, predictions, weights: weights).enumerated() {
        state[index] += value
      }
    }
    return resolved.results(state)
  }

  private static func updates(
    _ name: String, _ arrays: [String: Tensor], _ body: (Tensor, Tensor, Tensor?) throws -> Void
  ) throws {
    for update in 0..<2 {
      try body(
        arrays.array("\(name)/y_true_\(update)"), arrays.array("\(name)/y_pred_\(update)"),
        arrays["\(name)/sample_weight_\(update)"])
    }
  }
}
