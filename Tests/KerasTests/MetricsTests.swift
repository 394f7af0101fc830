import Layers
import TensorCore
import Testing
import Training

@Suite struct MetricsTests {
  /// After every batch of a stream, weighted and not.
  @Test func everyMetricIsThatOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/metrics.npz")
    let records = try Fixtures.records("keras3/metrics.json")
    for record in records {
      let name = try record.string("name")
      var metric = try PluginHost.shared.metric(
        named: try record.string("class_name"), config: record["config"]?.objectValue ?? [:])
      let expected = try arrays.array("\(name)/results").scalars(of: Float.self)
      let (firstTargets, firstPredictions) = (
        try arrays.array("\(name)/y_true_0"), try arrays.array("\(name)/y_pred_0")
      )
      metric = metric.resolved(firstTargets.spec, firstPredictions.spec)
      var state = [Double](repeating: 0, count: metric.stateCount)
      for (batch, result) in expected.enumerated() {
        let targets = try arrays.array("\(name)/y_true_\(batch)")
        let predictions = try arrays.array("\(name)/y_pred_\(batch)")
        try metric.check(targets.spec, predictions.spec)
        let weights = arrays["\(name)/sample_weight_\(batch)"]
        for (index, value) in metric.statistics(targets, predictions, weights: weights).enumerated() {
          state[index] += value
        }
        let found = metric.result(state)
        #expect(
          abs(found - Double(result)) < 1e-6 + 1e-6 * abs(found),
          "\(name) after batch \(batch): \(found), not \(result)")
      }
    }
    #expect(records.count == 86)
  }
}
