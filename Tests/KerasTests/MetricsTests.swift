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
      let expected = try arrays.array("\(name)/results")
      let (firstTargets, firstPredictions) = (
        try arrays.array("\(name)/y_true_0"), try arrays.array("\(name)/y_pred_0")
      )
      metric = metric.resolved(firstTargets.spec, firstPredictions.spec)
      var state = [Double](repeating: 0, count: metric.stateCount)
      for batch in 0..<expected.shape[0] {
        let targets = try arrays.array("\(name)/y_true_\(batch)")
        let predictions = try arrays.array("\(name)/y_pred_\(batch)")
        try metric.check(targets.spec, predictions.spec)
        let weights = arrays["\(name)/sample_weight_\(batch)"]
        for (index, value) in metric.statistics(targets, predictions, weights: weights).enumerated() {
          state[index] += value
        }
        let (found, results) = (metric.results(state), expected.row(batch).scalars(of: Float.self))
        #expect(
          found.count == results.count
            && zip(found, results).allSatisfy { abs($0 - Double($1)) < 1e-6 + 1e-6 * abs($0) || ($0.isNaN && $1.isNaN) },
          "\(name) after batch \(batch): \(found), not \(results)")
      }
    }
    #expect(records.count == 231)
  }

  /// The example of Keras's documentation: the right classes are 2 and 1, the best ones 1 and 1.
  @Test func sortedClassesTakeThePlaceOfScores() throws {
    let (targets, classes) = (Tensor([2, 1] as [Int32]), Tensor([1, 0, 3, 1, 2, 3] as [Int32], [2, 3]))
    let weights = Tensor([0.25, 0.75] as [Float])
    for (k, weights, expected) in [(1, nil, 0.5), (1, weights, 0.75), (3, nil, 0.5)] as [(Int, Tensor?, Double)] {
      let metric = SparseTopKCategoricalAccuracy(k: k, fromSortedIds: true)
      #expect(metric.result(metric.statistics(targets, classes, weights: weights)) == expected)
    }
  }
}
