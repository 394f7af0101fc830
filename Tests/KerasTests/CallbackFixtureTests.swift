import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// What callbacks make of series of numbers is what Keras's make of them.
@Suite struct CallbackFixtureTests {
  private static func trainer() throws -> Trainer {
    let model = try Model(Sequential([InputLayer(shape: [1]), Dense(units: 1, useBias: false)]))
    return try Trainer(model, optimizer: SGD(learningRate: 0.5), loss: MeanSquaredError())
  }

  private static func monitor(_ config: JSON, minimumChange: Double) -> Monitor {
    Monitor(
      mode: config["mode"]?.stringValue.flatMap(Monitor.Mode.init(rawValue:)) ?? .auto,
      minimumChange: config["min_delta"]?.doubleValue ?? minimumChange)
  }

  private static func callback(_ record: JSONObject) throws -> any Callback {
    let config = try #require(record["config"])
    let patience = config["patience"]?.intValue
    if record["class_name"]?.stringValue == "EarlyStopping" {
      return EarlyStopping(
        monitor(config, minimumChange: 0), patience: patience ?? 0,
        restoresBestWeights: config["restore_best_weights"]?.boolValue ?? false,
        baseline: config["baseline"]?.doubleValue, startEpoch: config["start_from_epoch"]?.intValue ?? 0)
    }
    return try ReduceLROnPlateau(
      monitor(config, minimumChange: 1e-4), factor: config["factor"]?.doubleValue ?? 0.1, patience: patience ?? 10,
      cooldown: config["cooldown"]?.intValue ?? 0, minimumRate: config["min_lr"]?.doubleValue ?? 0)
  }

  @Test func seriesOfNumbersHaveTheEffectsOfKeras() throws {
    let records = try Fixtures.records("keras3/callbacks.json")
    for record in records {
      let name = "\(try record.string("class_name")) \(record["config"] ?? .null), \(try record.string("series"))"
      let trainer = try Self.trainer()
      let callback = try Self.callback(record)
      try callback.trainingWillBegin(
        TrainingRun(epochs: 99, stepsPerEpoch: nil, hasValidation: true), trainer)
      var rates: [Double] = []
      for (epoch, value) in (record["values"]?.arrayValue ?? []).enumerated() where !trainer.shouldStop {
        trainer.model.weights.tensors = [Tensor([Float(epoch)], [1, 1])]
        try callback.epochDidEnd(epoch, ["loss": 1, "val_loss": value.doubleValue ?? .nan], trainer)
        rates.append(trainer.optimizer.learningRate)
      }
      try callback.trainingDidEnd(History(), trainer)
      let expected = record["rates"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      #expect(rates.count == expected.count, "\(name)")
      #expect(zip(rates, expected).allSatisfy { abs($0 - $1) <= 1e-6 * $1 }, "\(name): \(rates), not \(expected)")
      #expect(trainer.shouldStop == (record["stopped"]?.intValue != nil), "\(name)")
      #expect(
        trainer.model.weights.tensors[0].scalars(of: Float.self) == [Float(record["restored"]?.intValue ?? -1)],
        "\(name)")
    }
    #expect(records.count == 68)
  }
}
