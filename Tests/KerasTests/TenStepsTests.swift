import Data
import IO_HDF5
import Layers
import Optimizers
import TensorCore
import TestKit
import Testing
import Training

/// Files that Keras wrote, with what Keras computes from the state in them.
@Suite struct TenStepsTests {
  static let keras3Names = names("keras3")
  static let keras2Names = names("keras2")

  private static func names(_ dialect: String) -> [String] {
    records(dialect).filter { $0["compiled"]?.boolValue == true }.compactMap { $0["name"]?.stringValue }
  }

  private static func records(_ dialect: String) -> [JSONObject] {
    ["models", "models_optimizers"].flatMap { (try? Fixtures.records("\(dialect)/\($0).json")) ?? [] }
  }

  @Test(arguments: keras3Names) func keras3(name: String) throws { try check("keras3", name) }

  @Test(arguments: keras2Names) func keras2(name: String) throws { try check("keras2", name) }

  private func check(_ dialect: String, _ name: String) throws {
    let record = try #require(Self.records(dialect).first { $0["name"]?.stringValue == name })
    let arrays = try Fixtures.arrays("\(dialect)/models/\(name).npz")
    let trainer = try Trainer(file: KerasFile(contentsOf: Fixtures.path("\(dialect)/models/\(name).h5")))
    try checkEvaluation(trainer, arrays, record, name)
    let roundings = Self.roundings(name)
    let expected = arrays["losses"]?.scalars(of: Float.self) ?? []
    #expect(expected.count == record["further_steps"]?.intValue)
    let (inputs, targets) = (arrays.pieces("train_x"), arrays.pieces("train_y"))
    for (step, loss) in expected.enumerated() {
      let logs = try trainer.trainStep(
        Batch(inputs: inputs.map { $0.row(step) }, targets: targets.map { $0.row(step) }))
      let error = abs(logs.loss - Double(loss)) / max(1e-6, abs(Double(loss)))
      #expect(error < 1e-4 * roundings, "step \(step): found loss \(logs.loss), expected \(loss)")
      if let scales = arrays["scales"]?.scalars(of: Float.self) {
        #expect(trainer.state.lossScale?.value == scales[step], "scale of the loss after step \(step)")
      }
    }
    guard !expected.isEmpty else { return }
    for key in trainer.model.weights.keys {
      let tolerance =
        Self.biasesWithoutGradient.contains(key.path) ? Self.noise : Self.afterTenSteps.scaled(by: roundings)
      let finding = difference(
        trainer.model.weights[key], try arrays.array("final/\(key.path)"), key.path, tolerance)
      if let finding { Issue.record("\(finding)") }
    }
    for (found, expected) in zip(try trainer.predict(arrays.pieces("x")), arrays.pieces("final_predictions")) {
      if let finding = difference(found, expected, "predictions", Self.afterTenSteps.scaled(by: roundings)) {
        Issue.record("\(finding)")
      }
    }
  }

  /// Adam divides by the root of a squared gradient: where that is tiny, the last bits of the gradient decide the step.
  private static let afterTenSteps = Tolerance(absolute: 2e-4, relative: 1e-3)

  /// Biases right before a BatchNormalization, which takes them away again, and the mean that it moves: their gradient is 0
  /// but for rounding, and Adam makes steps of the learning rate's size of that. Predictions do not depend on them.
  private static let biasesWithoutGradient = ["grouped/bias", "grouped_norm/moving_mean", "block/inner_first/bias"]
  private static let noise = Tolerance(absolute: 0.01, relative: 0)

  /// How many times coarser the numbers are than float32's are told apart: 11 or 8 bits, rounded at other places. TensorFlow
  /// adds products up in 16 bits too, here the sums are float32.
  private static func roundings(_ name: String) -> Double {
    name.hasPrefix("mixed_float16") ? 30 : name.hasPrefix("mixed_bfloat16") ? 200 : 1
  }

  private func checkEvaluation(
    _ trainer: Trainer, _ arrays: [String: Tensor], _ record: JSONObject, _ file: String
  ) throws {
    let roundings = Self.roundings(file)
    let logs = try trainer.evaluate(inputs: arrays.pieces("x"), targets: arrays.pieces("y"))
    let names = record["evaluate"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let expected = try arrays.array("evaluate").scalars(of: Float.self)
    #expect(!names.isEmpty && names.count == expected.count)
    for (name, value) in zip(names, expected) {
      // Keras 3 reads "mae" in a file as the function, and calls the metric after that.
      let short = name.replacing("mean_absolute_error", with: "mae")
      let found = try #require(logs[name] ?? logs[short], "\(name) is not in \(logs)")
      #expect(
        abs(found - Double(value)) <= (1e-5 + 1e-4 * abs(Double(value))) * roundings, "\(name): \(found), not \(value)")
    }
  }

  /// Keras wrote the scale of the loss down after steps that overflowed; the next steps let it grow.
  @Test func aLossScaleIsReadAndWritten() throws {
    let trainer = try Trainer(file: KerasFile(contentsOf: Fixtures.path("keras3/models/mixed_float16_overflow.h5")))
    #expect(trainer.optimizer is LossScaleOptimizer)
    let scale = try #require(trainer.state.lossScale)
    #expect(scale.value < 4_194_304)
    var archive = InMemoryArchive(name: "copy")
    try trainer.kerasFile(.keras3).write(to: &archive, dialect: .keras3)
    let copy = try Trainer(file: KerasFile(from: archive))
    #expect(copy.state.lossScale == scale && copy.state.iterations == trainer.state.iterations)
    // Keras 2 has no place for it.
    try trainer.kerasFile(.keras2).write(to: &archive, dialect: .keras2)
    let second = try Trainer(file: KerasFile(from: archive))
    #expect(second.optimizer is LossScaleOptimizer && second.state.lossScale == nil)
    #expect(second.state.iterations == trainer.state.iterations)
  }

  /// What is written again in either dialect continues as if it had never been a file.
  @Test(arguments: [
    "lenet5_adam", "functional_momentum", "two_towers_adam", "tiny_amsgrad", "tiny_sgd", "float64_adam",
    "optimizer_rmsprop", "optimizer_rmsprop_centered", "optimizer_adamw_cosine", "optimizer_adamax",
    "optimizer_adagrad", "optimizer_adadelta", "optimizer_ftrl", "optimizer_sgd_exponential", "optimizer_nadam",
    "optimizer_adam_ema", "optimizer_muon",
  ])
  func stateSurvivesOurFiles(name: String) throws {
    let arrays = try Fixtures.arrays("keras3/models/\(name).npz")
    let original = try Trainer(file: KerasFile(contentsOf: Fixtures.path("keras3/models/\(name).h5")))
    let batch = Batch(
      inputs: arrays.pieces("train_x").map { $0.row(0) }, targets: arrays.pieces("train_y").map { $0.row(0) })
    var copies: [Trainer] = []
    for dialect in KerasDialect.allCases {
      var archive = InMemoryArchive(name: "copy")
      try original.kerasFile(dialect).write(to: &archive, dialect: dialect)
      copies.append(try Trainer(file: KerasFile(from: archive)))
    }
    let logs = try original.trainStep(batch)
    for copy in copies {
      #expect(copy.state.iterations == original.state.iterations - 1)
      #expect(try copy.trainStep(batch) == logs)
      // Moving variances have another definition in Keras 2.
      for index in copy.model.weights.trainableIndices {
        let (a, b) = (copy.model.weights.tensors[index], original.model.weights.tensors[index])
        #expect(difference(a, b, "weight", Tolerance(absolute: 1e-7, relative: 1e-6)) == nil)
      }
    }
  }
}

extension Tolerance {
  fileprivate func scaled(by factor: Double) -> Tolerance {
    Tolerance(absolute: absolute * factor, relative: relative * factor)
  }
}
