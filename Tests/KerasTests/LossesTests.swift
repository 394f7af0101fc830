import AutoDiff
import Layers
import Optimizers
import TensorCore
import Testing
import Training

@Suite struct LossesTests {
  /// Per sample, reduced, weighted, and the gradients of both.
  @Test func everyLossIsThatOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/losses.npz")
    var count = 0
    for record in try Fixtures.records("keras3/losses.json") where record["kind"]?.stringValue == "loss" {
      let name = try record.string("name")
      for finding in try findings(record, name, arrays) { Issue.record("\(name): \(finding)") }
      count += 1
    }
    #expect(count == 79)
  }

  private func findings(_ record: JSONObject, _ name: String, _ arrays: [String: Tensor]) throws -> [String] {
    let array = { (key: String) in try arrays.array("\(name)/\(key)") }
    let loss = try PluginHost.shared.loss(from: .object(record))
    let predictions = try array("y_pred")
    let targets = try loss.prepare(array("y_true"), for: predictions.spec)
    var summed = loss
    summed.reduction = .sum
    let weights = try array("sample_weight")
    let mean = valueAndGradients(at: [predictions]) { loss(targets, $0[0]) }
    let weighted = valueAndGradients(at: [predictions]) { loss(targets, $0[0], weights: weights) }
    return [
      difference(loss.values(targets, predictions, logits: nil).values, try array("per_sample"), "per sample"),
      difference(mean.value, try array("mean"), "mean"),
      difference(mean.gradients[0], try array("grad"), "gradient"),
      difference(summed(targets, predictions), try array("sum"), "sum"),
      difference(weighted.value, try array("weighted_mean"), "weighted mean"),
      difference(weighted.gradients[0], try array("weighted_grad"), "weighted gradient"),
    ].compactMap { $0 }
  }

  /// A loss right behind a softmax or sigmoid is computed from the logits, saturated or not.
  @Test func lossesBehindActivationsUseTheLogits() throws {
    let arrays = try Fixtures.arrays("keras3/losses.npz")
    var count = 0
    for record in try Fixtures.records("keras3/losses.json") where record["kind"]?.stringValue == "model" {
      let name = try record.string("name")
      let array = { (key: String) in try arrays.array("\(name)/\(key)") }
      let kernel = try array("kernel")
      let dense = Dense(
        units: kernel.shape[1], activation: Activation(try record.string("activation")), useBias: false)
      let model = try Model(
        Sequential([InputLayer(shape: [kernel.shape[0]]), dense]), start: .values { _, _ in [kernel] })
      let loss = try PluginHost.shared.loss(named: try record.string("loss"))
      let trainer = try Trainer(model, optimizer: SGD(learningRate: 1), loss: loss)
      let logs = try trainer.trainStep(array("x"), array("y_true"))
      let findings = [
        difference(Tensor(Float(logs.loss)), try array("loss"), "loss"),
        difference(trainer.model.weights.tensors[0], try array("kernel_after"), "kernel after the step"),
      ]
      for finding in findings.compactMap({ $0 }) { Issue.record("\(name): \(finding)") }
      count += 1
    }
    #expect(count == 6)
  }
}
