import Layers
import Optimizers
import TensorCore
import Testing
import Training

@Suite struct TrainingConfigTests {
  private func config(_ text: String, outputs: [String] = ["out"]) throws -> TrainingConfig {
    try TrainingConfig(from: JSON(parsing: text), outputNames: outputs, dialect: .keras3)
  }

  private func with(_ rest: String) -> String {
    #"{"optimizer_config": {"class_name": "SGD", "config": {}}, "# + rest + "}"
  }

  @Test(arguments: [
    #""loss": "mse", "metrics": ["accuracy", "mae"]"#, #""loss": ["mse"], "metrics": [["accuracy", "mae"]]"#,
    #""loss": {"out": "mean_squared_error"}, "metrics": {"out": ["accuracy", "mae"]}"#,
    #""loss": {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "m", "fn": "x"}}, "metrics":"#
      + #"[[{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy", "fn": "categorical_accuracy"}},"#
      + #"{"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32", "fn": "mean_absolute_error"}}]]"#,
    #""loss": {"module": "builtins", "class_name": "function", "config": "mean_squared_error"}, "metrics": ["accuracy","#
      + #"{"module": "keras.metrics", "class_name": "MeanAbsoluteError", "config": {"name": "mae", "dtype": "float32"}}]"#,
  ])
  func readsEveryFormThatKerasWrites(form: String) throws {
    let config = try config(with(form))
    #expect(config.outputs[0].loss is MeanSquaredError)
    #expect(config.outputs[0].metrics.map(\.name) == ["accuracy", "mae"])
    #expect(config.outputs[0].metrics[1].metric is MeanAbsoluteErrorMetric)
  }

  @Test func severalOutputsHaveTheirOwn() throws {
    let config = try config(
      with(#""loss": ["mse", "binary_crossentropy"], "loss_weights": [1.0, 0.5], "metrics": [["mae"], ["accuracy"]]"#),
      outputs: ["a", "b"])
    #expect(config.outputs[1].loss is BinaryCrossentropy && config.outputs[1].lossWeight == 0.5)
    #expect(config.outputs.map { $0.metrics.map(\.name) } == [["mae"], ["accuracy"]])
    let json = try config.json(outputNames: ["a", "b"], dialect: .keras3)
    #expect(json["loss_weights"] == [1.0, 0.5] && json["metrics"] == [["mae"], ["accuracy"]])
  }

  @Test func settingsOfALossSurvive() throws {
    let loss = CategoricalCrossentropy(fromLogits: true, labelSmoothing: 0.1)
    let config = TrainingConfig(optimizer: Adam(), outputs: [.init(loss: loss, metrics: [.accuracy])])
    let json = try config.json(outputNames: ["out"], dialect: .keras3)
    #expect(json["loss"]?["class_name"] == "CategoricalCrossentropy" && json["metrics"] == ["accuracy"])
    let again = try TrainingConfig(from: json, outputNames: ["out"], dialect: .keras3)
    let read = try #require(again.outputs[0].loss as? CategoricalCrossentropy)
    #expect(read.fromLogits && read.labelSmoothing == 0.1 && read.reduction == .sumOverBatchSize)
  }

  @Test(arguments: [
    (#""loss": null"#, "no loss"), (#""loss": "nonsense""#, "nonsense"), (#""loss": ["mse", "mse"]"#, "2 loss"),
    (#""loss": {"other": "mse"}"#, "other"), (#""loss": "mse", "metrics": ["bleu"]"#, "bleu"),
    (#""loss": {"class_name": "MeanSquaredError", "config": {"reduction": "median"}}"#, "median"),
    (#""loss": {"class_name": "CategoricalCrossentropy", "config": {"label_smoothing": 2}}"#, "label_smoothing"),
  ])
  func whatIsNotKnownIsAnError(form: String, mention: String) throws {
    let error = #expect(throws: CoreError.self) { try config(with(form)) }
    #expect(error?.description.contains(mention) == true && error?.path.first == "training_config")
  }

  @Test func accuracyIsChosenByShape() throws {
    let float = { (shape: Shape) in TensorSpec(shape) }
    let accuracy = MetricChoice.accuracy
    #expect(try accuracy.resolved(float([8, 1]), float([8, 1])) is BinaryAccuracy)
    #expect(try accuracy.resolved(float([8]), float([8, 4])) is SparseCategoricalAccuracy)
    #expect(try accuracy.resolved(float([8, 1]), float([8, 4])) is SparseCategoricalAccuracy)
    #expect(try accuracy.resolved(float([8, 4]), float([8, 4])) is CategoricalAccuracy)
  }
}
