internal import TensorCore

// The activations of Keras 3 (keras.activations), and the older names of some.
extension Activation {
  public static let linear = Activation("linear")
  public static let relu = Activation("relu")
  public static let relu6 = Activation("relu6")
  public static let leakyRelu = Activation("leaky_relu")
  public static let elu = Activation("elu")
  public static let selu = Activation("selu")
  public static let celu = Activation("celu")
  public static let gelu = Activation("gelu")
  public static let silu = Activation("silu")
  public static let mish = Activation("mish")
  public static let softplus = Activation("softplus")
  public static let softsign = Activation("softsign")
  public static let softmax = Activation("softmax")
  public static let logSoftmax = Activation("log_softmax")
  public static let tanh = Activation("tanh")
  public static let sigmoid = Activation("sigmoid")
  public static let hardSigmoid = Activation("hard_sigmoid")
  /// `hard_sigmoid` as Keras 1 and 2 mean it: clip(0.2 x + 0.5, 0, 1).
  public static let hardSigmoidKeras2 = Activation("hard_sigmoid_keras2")
  public static let hardSilu = Activation("hard_silu")
  public static let exponential = Activation("exponential")

  static let builtIn: [String: ActivationRegistry.Entry] = {
    var entries: [String: ActivationRegistry.Entry] = [:]
    for (name, fusable) in plain { entries[name] = { _ in Rule(fusable) } }
    for (name, apply) in composite { entries[name] = { _ in Rule(apply: apply) } }
    entries["leaky_relu"] = { config in Rule(.leakyRelu(slope: config.number("negative_slope", "alpha") ?? 0.2)) }
    entries["LeakyReLU"] = { config in Rule(.leakyRelu(slope: config.number("negative_slope", "alpha") ?? 0.3)) }
    entries["elu"] = { config in Rule(.elu(alpha: config.number("alpha") ?? 1)) }
    entries["ELU"] = entries["elu"]
    entries["ReLU"] = { config in
      relu(
        slope: config.number("negative_slope") ?? 0, maximum: config.number("max_value"),
        threshold: config.number("threshold") ?? 0)
    }
    entries["Softmax"] = { config in
      let axis = config["axis"]?.intValue ?? -1
      return Rule { $0.softmax(axis: axis) }
    }
    return entries
  }()

  private static let plain: [(String, FusableActivation)] = [
    ("linear", .linear), ("relu", .relu), ("relu6", .relu6), ("selu", .selu), ("celu", .celu), ("gelu", .gelu),
    ("silu", .silu), ("swish", .silu), ("mish", .mish), ("softplus", .softplus), ("softsign", .softsign),
    ("tanh", .tanh), ("sigmoid", .sigmoid), ("hard_sigmoid", .hardSigmoid), ("hard_sigmoid_keras2", .hardSigmoidKeras2),
    ("hard_silu", .hardSilu), ("hard_swish", .hardSilu), ("exponential", .exponential), ("hard_tanh", .hardTanh),
    ("soft_shrink", .softShrink), ("hard_shrink", .hardShrink), ("tanh_shrink", .tanhShrink),
    ("squareplus", .squareplus), ("log_sigmoid", .logSigmoid), ("sparse_plus", .sparsePlus),
    ("sparse_sigmoid", .sparseSigmoid),
  ]

  private static let composite: [(String, @Sendable (Tensor) -> Tensor)] = [
    ("softmax", { $0.softmax(axis: -1) }),
    ("log_softmax", { $0.logSoftmax(axis: -1) }),
    ("sparsemax", { sparsemax($0) }),
    ("glu", { glu($0) }),
    ("threshold", { Tensor.select($0.greater(0), $0, Tensor.zeros(like: $0)) }),
  ]

  /// Keras's relu with all settings: x ≥ max → max; threshold ≤ x → x; otherwise slope · (x − threshold).
  private static func relu(slope: Double, maximum: Double?, threshold: Double) -> Rule {
    if threshold == 0, maximum == nil { return Rule(slope == 0 ? .relu : .leakyRelu(slope: slope)) }
    return Rule { x in
      let y = Tensor.select(x.greaterOrEqual(threshold), x, (x - threshold) * slope)
      return maximum.map { y.minimum($0) } ?? y
    }
  }

  /// Martins and Astudillo 2016: the projection of `[..., n]` onto the simplex.
  private static func sparsemax(_ x: Tensor) -> Tensor {
    let count = x.shape.last
    let sorted = x.topK(count).values
    let ranks = Tensor.range(start: 1, count: count, dtype: x.dtype)
    let sums = sorted.cumulativeSum(axis: -1)
    let isInSupport = (sorted * ranks + 1).greater(sums)
    let support = isInSupport.cast(to: x.dtype).sum(axes: [-1], keepDims: true)
    let inside = Tensor.select(isInSupport, sorted, Tensor.zeros(like: sorted)).sum(axes: [-1], keepDims: true)
    return (x - (inside - 1) / support).relu()
  }

  /// Dauphin et al. 2017: the first half of the last axis, gated by the second.
  private static func glu(_ x: Tensor) -> Tensor {
    let halves = x.split(count: 2, axis: -1)
    return halves[0] * halves[1].sigmoid()
  }
}

extension JSONObject {
  /// The first of these keys that holds a number.
  func number(_ keys: String...) -> Double? {
    for key in keys { if let value = self[key]?.doubleValue { return value } }
    return nil
  }
}

extension Activation: Codable {
  public init(from decoder: any Decoder) throws {
    let json = try JSON(from: decoder)
    switch json {
    case .null: self = .linear
    case .string(let name): self.init(name)
    case .object(let object): try self.init(serialized: object)
    default: throw CoreError(.invalidConfig, "found activation \(json), expected a name or a serialised object")
    }
    if name == "hard_sigmoid", decoder.kerasMajorVersion < 3 { self = .hardSigmoidKeras2 }
  }

  private init(serialized object: JSONObject) throws {
    guard let kind = object["class_name"]?.stringValue else {
      throw CoreError(.invalidConfig, "found activation \(JSON.object(object)), expected a \"class_name\" in it")
    }
    if kind == "function", let name = object["config"]?.stringValue {
      self.init(name)
    } else if kind == "Activation", let name = object["config"]?["activation"]?.stringValue {
      self.init(name)
    } else {
      self.init(kind, config: object["config"]?.objectValue ?? [:])
    }
  }

  public func encode(to encoder: any Encoder) throws {
    let spelled = self == .hardSigmoidKeras2 ? "hard_sigmoid" : name
    guard !config.isEmpty else { return try JSON.string(spelled).encode(to: encoder) }
    let object: JSON = [
      "module": "keras.layers", "class_name": .string(spelled), "config": .object(config), "registered_name": nil,
    ]
    try object.encode(to: encoder)
  }
}
