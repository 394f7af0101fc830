public import Optimizers
public import TensorCore

/// How a model is trained: Keras's `compile`, and the `training_config` of its files.
public struct TrainingConfig: Sendable {
  /// What one output of the model is compared by.
  public struct Output: Sendable {
    public var loss: any Loss
    /// What the loss is called in files; nil: as Keras calls its kind.
    public var lossName: String?
    /// The share of this output's loss in the sum.
    public var lossWeight: Double
    /// Ignore sample weights.
    public var metrics: [MetricChoice]
    /// Use sample weights.
    public var weightedMetrics: [MetricChoice]

    public init(
      loss: any Loss, lossWeight: Double = 1, metrics: [MetricChoice] = [], weightedMetrics: [MetricChoice] = []
    ) {
      (self.loss, self.lossWeight) = (loss, lossWeight)
      (self.metrics, self.weightedMetrics) = (metrics, weightedMetrics)
    }
  }

  public var optimizer: any Optimizer
  /// One per output of the model.
  public var outputs: [Output]
  /// How fast layers or weights learn, beside the others: what their updates are multiplied with, by path from the model
  /// inwards (`"block"`, `"block/dense"`, `"block/dense/kernel"`); of several that fit, the longest counts. 0 leaves weights as
  /// they are. In no file: Keras has nothing like it.
  public var learningRateFactors: [String: Double] = [:]
  /// Other keys of a file's config (`run_eagerly`, `jit_compile`), to be written back to the same dialect.
  public var extras: JSONObject = [:]

  public init(optimizer: any Optimizer, outputs: [Output]) {
    (self.optimizer, self.outputs) = (optimizer, outputs)
  }

  /// Reads a `training_config` of either dialect for a model with these outputs.
  ///
  /// Throws `unknownName` or `invalidConfig` naming what it does not know: training as something else would be wrong.
  public init(
    from json: JSON, outputNames: [String], dialect: OptimizerDialect, host: PluginHost = .shared
  ) throws(CoreError) {
    guard let config = json.objectValue else {
      throw CoreError(.invalidConfig, "found \(json), expected an object", path: ["training_config"])
    }
    do throws(CoreError) {
      try self.init(config, outputNames, dialect, host)
    } catch {
      throw error.inside("training_config")
    }
  }

  private init(
    _ config: JSONObject, _ names: [String], _ dialect: OptimizerDialect, _ host: PluginHost
  ) throws(CoreError) {
    let described = config["optimizer_config"] ?? config["optimizer"] ?? .null
    optimizer = try OptimizerCoder(dialect: dialect, host: host).optimizer(from: described)
    let losses = try PerOutput(config["loss"], names, "loss").values
    let weights = try PerOutput(config["loss_weights"], names, "loss_weights").values
    let metrics = try PerOutput(metrics: config["metrics"], names, "metrics").values
    let weighted = try PerOutput(metrics: config["weighted_metrics"], names, "weighted_metrics").values
    outputs = []
    for (index, name) in names.enumerated() {
      guard let loss = losses[index], !loss.isNull else {
        throw CoreError(.invalidConfig, "found no loss for output \"\(name)\", expected one")
      }
      var output = Output(
        loss: try host.loss(from: loss), lossWeight: weights[index]?.doubleValue ?? 1,
        metrics: try Self.choices(metrics[index], names.count > 1 ? name : nil, host),
        weightedMetrics: try Self.choices(weighted[index], names.count > 1 ? name : nil, host))
      let lossName = loss["config"]?["name"]?.stringValue
      output.lossName = lossName.flatMap { type(of: output.loss).names.contains($0) ? nil : $0 }
      outputs.append(output)
    }
    let known = ["optimizer_config", "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"]
    for (key, value) in config where !known.contains(key) { extras[key] = value }
  }

  /// Keras 2 writes the output's name into its metrics' names; logs here put it before them anyway.
  private static func choices(
    _ json: JSON?, _ output: String?, _ host: PluginHost
  ) throws(CoreError) -> [MetricChoice] {
    var choices: [MetricChoice] = []
    for element in json?.arrayValue ?? (json.map { [$0] } ?? []) where !element.isNull {
      var choice = try host.metricChoice(from: element)
      if let output, choice.name.hasPrefix(output + "_") { choice.name.removeFirst(output.count + 1) }
      choices.append(choice)
    }
    return choices
  }

  /// The `training_config` that Keras of a dialect writes. Throws where a value cannot be encoded.
  public func json(outputNames: [String], dialect: OptimizerDialect, host: PluginHost = .shared) throws(CoreError)
    -> JSON
  {
    var losses: [JSON] = []
    var metrics: [JSON] = []
    var weighted: [JSON] = []
    for output in outputs {
      losses.append(try output.loss.kerasJSON(named: output.lossName))
      metrics.append(try Self.json(output.metrics, output.loss, dialect))
      weighted.append(try Self.json(output.weightedMetrics, output.loss, dialect))
    }
    let isSingle = outputs.count == 1
    let hasWeights = outputs.contains { $0.lossWeight != 1 }
    let list = { (values: [JSON]) -> JSON in
      if values.allSatisfy({ $0 == .array([]) }) { return .null }
      return isSingle ? values[0] : .array(values)
    }
    var config: JSONObject = [
      "loss": isSingle ? losses[0] : .array(losses),
      "loss_weights": hasWeights ? .array(outputs.map { .number($0.lossWeight) }) : .null,
      "metrics": list(metrics), "weighted_metrics": list(weighted),
    ]
    let defaults: JSONObject =
      dialect == .keras3 ? ["run_eagerly": false, "steps_per_execution": 1, "jit_compile": false] : [:]
    for (key, value) in defaults { config[key] = extras[key] ?? value }
    config["optimizer_config"] = try OptimizerCoder(dialect: dialect, host: host).json(of: optimizer)
    return .object(config)
  }

  private static func json(
    _ choices: [MetricChoice], _ loss: any Loss, _ dialect: OptimizerDialect
  ) throws(CoreError) -> JSON {
    var list: [JSON] = []
    for choice in choices { list.append(try choice.kerasJSON(loss, dialect)) }
    return .array(list)
  }
}

/// A value per output, from one for all, a list, or an object by output name.
private struct PerOutput {
  var values: [JSON?]

  init(_ json: JSON?, _ names: [String], _ key: String) throws(CoreError) {
    values = Array(repeating: nil, count: names.count)
    guard let json, !json.isNull else { return }
    if let list = json.arrayValue {
      guard list.count == names.count else {
        throw CoreError(.invalidConfig, "found \(list.count) \(key), expected \(names.count), one per output")
      }
      values = list
    } else if let object = json.objectValue, !object.contains(key: "class_name") {
      for (name, value) in object {
        guard let index = names.firstIndex(of: name) else {
          throw CoreError(
            .unknownName,
            "found \(key) for output \"\(name)\", expected one of \(names.joined(separator: ", "))")
        }
        values[index] = value
      }
    } else {
      values = names.map { _ in json }
    }
  }

  /// Metrics are lists themselves: `["mae"]` for one output or for all, `[["mae"], []]` by output.
  init(metrics json: JSON?, _ names: [String], _ key: String) throws(CoreError) {
    let list = json?.arrayValue ?? []
    let isPerOutput = list.contains { $0.arrayValue != nil } || (list.count == names.count && names.count > 1)
    if json?.arrayValue == nil || isPerOutput {
      try self.init(json, names, key)
    } else {
      try self.init(nil, names, key)
      values = names.map { _ in json }
    }
  }
}
