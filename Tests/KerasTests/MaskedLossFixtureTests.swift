import Data
import Layers
import Optimizers
import Plan
import TensorCore
import TestKit
import Testing
import Training

/// Steps that a mask leaves out do not count in a loss, as in Keras.
@Suite struct MaskedLossFixtureTests {
  @Test(arguments: [Compilation.required, .never])
  func threeStepsAreThoseOfKeras(compiled: Compilation) throws {
    let arrays = try Fixtures.arrays("keras3/masks.npz")
    let records = try Fixtures.records("keras3/masks.json")
    for record in records {
      let name = try record.string("name")
      let array = { (key: String) in try arrays.array("\(name)/\(key)") }
      let own = arrays.filter { $0.key.hasPrefix(name + "/") }
      let weights = Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
        .numbered("weight")
      guard let recipe = try KerasConfig().model(from: record["model"] ?? nil) as? Sequential else {
        Issue.record("\(name): expected Sequential")
        continue
      }
      let trainer = try Trainer(
        Model(recipe, start: .values { _, _ in weights }), optimizer: SGD(learningRate: 0.5),
        loss: PluginHost.shared.loss(from: record["loss"] ?? nil))
      var batch = try Batch(inputs: [array("x")], targets: [array("y")])
      batch.sampleWeights = arrays["\(name)/sample_weight"]
      var losses: [Float] = []
      for _ in 0..<3 { losses.append(Float(try trainer.trainStep(batch, compiled: compiled).loss)) }
      var findings = [difference(Tensor(losses), try array("losses"), "losses")]
      for (index, tensor) in trainer.model.weights.tensors.enumerated() {
        findings.append(difference(tensor, try array("weight_\(index)_after"), "weight \(index)"))
      }
      for finding in findings.compactMap({ $0 }) { Issue.record("\(name): \(finding)") }
    }
    #expect(records.count == 5)
  }
}
