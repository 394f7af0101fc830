import Layers
import Optimizers
import TensorCore
import Testing
import Training

/// All that `keras.initializers`, `regularizers`, `constraints`, `losses`, `metrics` and `activations` have, by every name
/// and with every argument off its default, is read, and written as Keras writes it.
@Suite struct ConfigFixtureTests {
  @Test func everyNameIsKnown() throws {
    var count = 0
    for record in try Fixtures.records("keras3/configs.json") {
      guard let names = record["names"]?.arrayValue?.compactMap(\.stringValue) else { continue }
      let kind = try record.string("kind")
      for name in names {
        #expect(throws: Never.self, "\(kind) \(name)") { try Self.find(kind, name) }
        count += 1
      }
    }
    #expect(count == 244)
  }

  private static func find(_ kind: String, _ name: String) throws {
    switch kind {
    case "activation": _ = try Activation(name).rule(in: .shared)
    case "initializer":
      let initializer = try JSONValueDecoder().decode(Initializer.self, from: .string(name))
      try #require(PluginHost.shared.initializers[initializer.className] != nil)
    case "regularizer":
      _ = try JSONValueDecoder().decode(Regularizer.self, from: .string(name)).penalty(for: [2, 3], in: .shared)
    case "constraint":
      let constraint = try JSONValueDecoder().decode(Constraint.self, from: .string(name))
      try #require(PluginHost.shared.constraints[constraint.className] != nil)
    case "loss": _ = try PluginHost.shared.loss(named: name)
    case "metric":
      // These take no targets.
      if !["mean", "sum"].contains(name.lowercased()) { _ = try MetricChoice(named: name) }
    default: _ = try OptimizerCoder().optimizer(named: name)
    }
  }

  @Test func everyArgumentIsReadAndWritten() throws {
    var count = 0
    for record in try Fixtures.records("keras3/configs.json") {
      guard let config = record["config"] else { continue }
      let kind = try record.string("kind")
      let accepted = record["arguments"]?.arrayValue?.compactMap(\.stringValue) ?? []
      let written = try Self.written(kind, config)
      for finding in Self.findings(written, config, accepted) { Issue.record("\(kind) \(config): \(finding)") }
      count += 1
    }
    #expect(count == 378)
  }

  /// What becomes of an object as Keras serialises it.
  private static func written(_ kind: String, _ config: JSON) throws -> JSON {
    let (encoder, decoder) = (JSONValueEncoder(), JSONValueDecoder())
    switch kind {
    case "initializer": return try encoder.encode(decoder.decode(Initializer.self, from: config))
    case "regularizer": return try encoder.encode(decoder.decode(Regularizer.self, from: config))
    case "constraint": return try encoder.encode(decoder.decode(Constraint.self, from: config))
    default:
      var compiled: JSONObject = ["optimizer_config": "sgd", "loss": "mse"]
      compiled[kind == "loss" ? "loss" : "metrics"] = kind == "loss" ? config : .array([config])
      let read = try TrainingConfig(from: .object(compiled), outputNames: ["y"], dialect: .keras3)
      let json = try read.json(outputNames: ["y"], dialect: .keras3)
      return (kind == "loss" ? json["loss"] : json["metrics"]?.arrayValue?.first) ?? .null
    }
  }

  /// A plain name says that all arguments are at their defaults. Keras leaves some arguments out of its configs.
  private static func findings(_ written: JSON, _ config: JSON, _ accepted: [String]) -> [String] {
    // Tensors are written as lists, which Keras takes.
    let plain = (config["config"]?.objectValue ?? [:]).map { ($0.key, $0.value["config"]?["value"] ?? $0.value) }
    let wanted = JSONObject(plain.map { (key: $0.0, value: $0.1) })
    if let name = written.stringValue {
      // Keras calls the class of this loss otherwise than the function.
      let expected = wanted["name"] == "huber_loss" ? "huber" : wanted["name"]?.stringValue
      return name == expected ? [] : ["found \(name)"]
    }
    let found = written["config"]?.objectValue ?? [:]
    // A function that is a metric or loss of its own has no dtype beside it.
    if config["class_name"] == "MeanMetricWrapper" {
      let function = wanted["fn"]?["config"]
      return [JSON.string("MeanSquaredError"), "MeanMetricWrapper"].contains(written["class_name"] ?? .null)
        && found["name"] == wanted["name"] && (found["fn"] == nil || found["fn"]?["config"] == function)
        ? [] : ["found \(written)"]
    }
    let isEqual = { (a: JSON?, b: JSON) in a == b || (b.doubleValue != nil && a?.doubleValue == b.doubleValue) }
    var findings = wanted.filter { !isEqual(found[$0.key], $0.value) }.map {
      "\($0.key): found \(found[$0.key] ?? "nothing")"
    }
    if written["class_name"] != config["class_name"] { findings.append("found \(written["class_name"] ?? .null)") }
    return findings + found.filter { wanted[$0.key] == nil && !accepted.contains($0.key) }.map { "\($0.key) too much" }
  }
}
