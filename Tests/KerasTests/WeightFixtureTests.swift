import Data
import Layers
import Optimizers
import Plan
import TensorCore
import TestKit
import Testing
import Training

/// Class weights, sample weights, loss weights, masks and weighted metrics count as in Keras.
@Suite struct WeightFixtureTests {
  private struct Fit {
    let name: String
    let trainer: Trainer
    let batch: Batch
    let classWeights: [Int: Double]
    let logs: [String]
    let history: [Float]
    let evaluation: [Float]
    let after: [Tensor]

    init(_ record: JSONObject, _ arrays: [String: Tensor]) throws {
      name = try record.string("name")
      let prefix = name + "/"
      let own = arrays.filter { $0.key.hasPrefix(prefix) }
      let pieces = Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
      let recipe = try KerasConfig().model(from: record["model"] ?? nil)
      let weights = pieces.numbered("weight")
      let start = Model.Start.values { _, _ in weights }
      let model =
        try (recipe as? Sequential).map { try Model($0, start: start) }
        ?? (recipe as? Functional).map { try Model($0, start: start) }
      let built = try #require(model)
      let config = try TrainingConfig(
        from: record["compile"] ?? nil, outputNames: built.outputNames, dialect: .keras3)
      trainer = try Trainer(built, config: config)
      batch = Batch(
        inputs: pieces.numbered("x"), targets: pieces.numbered("y"), outputWeights: pieces.numbered("sample_weight"))
      classWeights = Dictionary(
        uniqueKeysWithValues: (record["class_weight"]?.objectValue ?? [:]).compactMap { key, value in
          Int(key).flatMap { number in value.doubleValue.map { (number, $0) } }
        })
      logs = record["logs"]?.arrayValue?.compactMap(\.stringValue) ?? []
      history = try #require(pieces["history"]).scalars(of: Float.self)
      evaluation = try #require(pieces["evaluate"]).scalars(of: Float.self)
      after = pieces.numbered("weight", suffix: "_after")
    }

    func compare(_ found: [Double], _ expected: [Float], _ what: String) {
      guard found.count == expected.count else {
        Issue.record("\(name), \(what): found \(found.count) numbers, expected \(expected.count)")
        return
      }
      for (a, b) in zip(found, expected) where abs(a - Double(b)) > 1e-5 + 1e-5 * abs(Double(b)) {
        Issue.record("\(name), \(what): \(found), not \(expected)")
        return
      }
    }
  }

  @Test(arguments: [Compilation.required, .never])
  func fitsAreThoseOfKeras(compiled: Compilation) throws {
    let arrays = try Fixtures.arrays("keras3/weights.npz")
    let records = try Fixtures.records("keras3/weights.json")
    for record in records {
      let fit = try Fit(record, arrays)
      let history = try fit.trainer.fit(
        inputs: fit.batch.inputs, targets: fit.batch.targets, outputWeights: fit.batch.outputWeights,
        classWeights: fit.classWeights, epochs: 2, batchSize: 4, shuffle: false, compiled: compiled)
      fit.compare(fit.logs.flatMap { history[$0] }, fit.history, "history of \(fit.logs)")
      for (index, expected) in fit.after.enumerated() {
        let finding = difference(
          fit.trainer.model.weights.tensors[index], expected, "weight \(index)",
          Tolerance(absolute: 1e-5, relative: 1e-4))
        if let finding { Issue.record("\(fit.name): \(finding)") }
      }
      let logs = try fit.trainer.evaluate(
        inputs: fit.batch.inputs, targets: fit.batch.targets, outputWeights: fit.batch.outputWeights, batchSize: 4,
        compiled: compiled == .never ? .never : .automatic)
      fit.compare(fit.logs.map { logs[$0] ?? .nan }, fit.evaluation, "evaluation of \(fit.logs)")
    }
    #expect(records.count == 17)
  }
}
