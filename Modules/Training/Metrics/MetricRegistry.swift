internal import Optimizers
public import TensorCore

/// What the registry knows of a metric: its type, and how to make one from a config.
public struct MetricKind: Sendable {
  public let name: String
  public let type: any Metric.Type
  let decode: @Sendable (JSONObject) throws(CoreError) -> any Metric

  init<M: Metric>(_ type: M.Type) {
    name = M.kind
    self.type = type
    decode = { config throws(CoreError) in
      try JSONValueDecoder(keyStrategy: .snakeCase).decode(M.self, from: config, over: M.template).value
    }
  }
}

/// The slot for metrics, by class name.
public enum MetricRegistry: RegistryKey {
  public typealias Entry = MetricKind

  public static let builtIn: Registry<MetricKind> = {
    let types: [any Metric.Type] = [
      Accuracy.self, BinaryAccuracy.self, CategoricalAccuracy.self, SparseCategoricalAccuracy.self,
      TopKCategoricalAccuracy.self, SparseTopKCategoricalAccuracy.self, TruePositives.self, FalsePositives.self,
      TrueNegatives.self, FalseNegatives.self, PrecisionMetric.self, Recall.self, AUC.self,
      SensitivityAtSpecificity.self,
      SpecificityAtSensitivity.self, PrecisionAtRecall.self, RecallAtPrecision.self, FBetaScore.self, F1Score.self,
      MeanIoU.self, R2Score.self, MeanSquaredErrorMetric.self, MeanAbsoluteErrorMetric.self,
      MeanAbsolutePercentageErrorMetric.self, MeanSquaredLogarithmicErrorMetric.self, RootMeanSquaredErrorMetric.self,
      CosineSimilarityMetric.self, LogCoshErrorMetric.self, HingeMetric.self, SquaredHingeMetric.self,
      CategoricalHingeMetric.self, KLDivergenceMetric.self, PoissonMetric.self, BinaryCrossentropyMetric.self,
      CategoricalCrossentropyMetric.self, SparseCategoricalCrossentropyMetric.self, IoU.self, BinaryIoU.self,
      OneHotIoU.self, OneHotMeanIoU.self, PearsonCorrelation.self, ConcordanceCorrelation.self,
      MeanMetricWrapper.self,
    ]
    return Registry(Dictionary(uniqueKeysWithValues: types.map { ($0.kind, entry($0)) }))
  }()

  private static func entry<M: Metric>(_ type: M.Type) -> MetricKind { MetricKind(type) }
}

extension PluginHost {
  public var metrics: Registry<MetricKind> { self[MetricRegistry.self] }

  /// Adds a metric. Another type under a taken name traps with both names.
  public mutating func register<M: Metric>(_ type: M.Type) {
    if let taken = metrics[M.kind], taken.type != type {
      CoreError(.invalidArgument, "metric \"\(M.kind)\" is \(taken.type); \(type) cannot take the name too").trap()
    }
    register(MetricRegistry.self, M.kind, MetricKind(type))
  }

  /// The metric of a class name or function name (`"mae"`). Throws `unknownName` with the names that there are.
  public func metric(named name: String, config: JSONObject = [:]) throws(CoreError) -> any Metric {
    let short = name.split(separator: ">").last.map(String.init) ?? name
    let kinds = metrics.names.compactMap { metrics[$0] }
    guard let kind = metrics[name] ?? kinds.first(where: { $0.name == short || $0.type.names.contains(short) }) else {
      if let loss = try? loss(named: name, config: config) { return MeanMetricWrapper(loss) }
      throw CoreError(
        .unknownName,
        "found metric \"\(name)\", expected one of accuracy, "
          + "\(kinds.compactMap { $0.type.names.first }.joined(separator: ", ")); PluginHost.register(_:) adds one")
    }
    // Keras 3 writes tensors as {"class_name": "__tensor__", "config": {"value": [...], "dtype": ...}}.
    let plain = config.map {
      ($0.key, $0.value["class_name"] == "__tensor__" ? $0.value["config"]?["value"] : $0.value)
    }
    return try kind.decode(JSONObject(plain.map { (key: $0.0, value: $0.1 ?? .null) }))
  }

  /// The metric of a name, or of an object as either Keras writes it.
  func metricChoice(from json: JSON) throws(CoreError) -> MetricChoice {
    if let name = json.stringValue { return try MetricChoice(named: name, host: self) }
    guard let kind = json["registered_name"]?.stringValue ?? json["class_name"]?.stringValue else {
      throw CoreError(.invalidConfig, "found metric \(json), expected a name or an object with \"class_name\"")
    }
    if let function = json["config"]?.stringValue { return try MetricChoice(named: function, host: self) }
    let config = json["config"]?.objectValue ?? [:]
    let name = config["name"]?.stringValue
    // Keras 2 writes functions as wrapped: {"name": "mae", "fn": "mean_absolute_error"}.
    if kind == "MeanMetricWrapper", let fn = config["fn"], let function = fn.stringValue ?? fn["config"]?.stringValue {
      let isPlain = config.allSatisfy { ["fn", "name", "dtype"].contains($0.key) }
      if isPlain, let metric = try? metric(named: function) { return MetricChoice(metric, name: name) }
    }
    var choice = MetricChoice(try metric(named: kind, config: config), name: name)
    choice.dtype = config["dtype"]
    return choice
  }
}

extension MetricChoice {
  /// As a training config has it: a name where that says everything, an object otherwise.
  ///
  /// Keras 2 takes the name `"accuracy"` in a file for the class of that name, which compares probabilities with labels;
  /// like Keras 2 itself, a file of that dialect says which accuracy the loss asks for.
  func kerasJSON(_ loss: any Loss, _ dialect: OptimizerDialect) throws(CoreError) -> JSON {
    guard let metric else { return dialect == .keras3 ? .string(name) : wrappedAccuracy(loss) }
    if name == "accuracy" || name == "acc", !(metric is Accuracy) { return .string(name) }
    let kind = type(of: metric)
    let encoder = JSONValueEncoder(keyStrategy: .snakeCase)
    let own = try encoder.encode(metric)
    let isStandard = try own == encoder.encode(kind.template)
    if isStandard, kind.names.contains(name), !kind.kind.contains(">") { return .string(name) }
    var config: JSONObject = ["name": .string(name), "dtype": dtype ?? "float32"]
    for (key, value) in own.objectValue ?? [:] { config[key] = value }
    return kind.kind.serialized(config)
  }

  private func wrappedAccuracy(_ loss: any Loss) -> JSON {
    let function =
      switch loss {
      case is SparseCategoricalCrossentropy: "sparse_categorical_accuracy"
      case is BinaryCrossentropy: "binary_accuracy"
      default: "categorical_accuracy"
      }
    let config: JSON = ["name": .string(name), "dtype": "float32", "fn": .string(function)]
    return ["class_name": "MeanMetricWrapper", "config": config]
  }
}
