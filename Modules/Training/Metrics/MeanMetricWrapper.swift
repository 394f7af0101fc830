public import TensorCore

/// The mean of a loss over the samples, as a metric: every loss can be one, with its settings. Keras: `MeanMetricWrapper`,
/// which metrics that are plain functions become.
public struct MeanMetricWrapper: MeanMetric {
  public static let kind = "MeanMetricWrapper"
  public static let names = ["mean_metric_wrapper"]
  public static let template = MeanMetricWrapper(MeanSquaredError())

  /// What is averaged. Its reduction is not used.
  public var function: any Loss

  /// - Parameter function: what is averaged.
  public init(_ function: any Loss) { self.function = function }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    _ = try function.prepare(Tensor.zeros(targets.shape, dtype: targets.dtype), for: predictions)
  }

  /// NaN where the loss cannot take the targets.
  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    do throws(CoreError) {
      let prepared = try function.prepare(targets, for: predictions.spec)
      return function.values(prepared, predictions, logits: nil).values
    } catch {
      return Tensor.full(Shape(predictions.shape.array.dropLast()), .nan, dtype: .float32)
    }
  }
}

extension MeanMetricWrapper: Codable {
  public init(from decoder: any Decoder) throws {
    var config = try JSON(from: decoder).objectValue ?? [:]
    let described = config["fn"] ?? .null
    guard let name = described.stringValue ?? described["config"]?.stringValue else {
      throw CoreError(.invalidConfig, "found fn \(described), expected the name of a loss")
    }
    for key in ["fn", "name", "dtype"] { config[key] = nil }
    self.init(try PluginHost.shared.loss(named: name, config: config))
  }

  public func encode(to encoder: any Encoder) throws {
    let kind = type(of: function)
    var config: JSONObject = [
      "fn": [
        "module": "builtins", "class_name": "function", "config": .string(kind.names.first ?? kind.kind),
        "registered_name": "function",
      ]
    ]
    let settings = try function.settings()
    for (key, value) in settings { config[key] = value }
    try JSON.object(config).encode(to: encoder)
  }
}

extension Loss {
  /// The settings that are not Keras's defaults, but for the reduction.
  fileprivate func settings() throws(CoreError) -> JSONObject {
    let coder = JSONValueEncoder(keyStrategy: .snakeCase)
    let (own, standard) = (try coder.encode(self), try coder.encode(Self.template))
    return JSONObject((own.objectValue ?? [:]).filter { $0.key != "reduction" && $0.value != standard[$0.key] })
  }
}
