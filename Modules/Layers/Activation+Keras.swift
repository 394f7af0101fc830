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
    for (name, make) in configured { entries[name] = make }
    return entries
  }()

  private static let plain: [(String, FusableActivation)] = [
    ("linear", .linear), ("relu6", .relu6), ("selu", .selu), ("silu", .silu), ("swish", .silu), ("mish", .mish),
    ("softplus", .softplus), ("softsign", .softsign), ("tanh", .tanh), ("sigmoid", .sigmoid),
    ("hard_sigmoid", .hardSigmoid), ("hard_sigmoid_keras2", .hardSigmoidKeras2), ("hard_silu", .hardSilu),
    ("hard_swish", .hardSilu), ("exponential", .exponential), ("hard_tanh", .hardTanh), ("tanh_shrink", .tanhShrink),
    ("log_sigmoid", .logSigmoid), ("sparse_plus", .sparsePlus), ("sparse_sigmoid", .sparseSigmoid),
  ]

  private static let composite: [(String, @Sendable (Tensor) -> Tensor)] = [
    ("log_softmax", { $0.logSoftmax(axis: -1) }),
    ("sparsemax", { sparsemax($0) }),
  ]

  /// Functions with settings, by the names of Keras's functions and of its layer classes.
  private static let configured: [(String, ActivationRegistry.Entry)] = [
    ("relu", { relu($0) }), ("ReLU", { relu($0) }),
    ("leaky_relu", { Rule(.leakyRelu(slope: $0.number("negative_slope", "alpha") ?? 0.2)) }),
    ("LeakyReLU", { Rule(.leakyRelu(slope: $0.number("negative_slope", "alpha") ?? 0.3)) }),
    ("elu", { Rule(.elu(alpha: $0.number("alpha") ?? 1)) }), ("ELU", { Rule(.elu(alpha: $0.number("alpha") ?? 1)) }),
    ("celu", { celu(alpha: $0.number("alpha") ?? 1) }),
    ("gelu", { Rule($0["approximate"]?.boolValue == true ? .geluTanh : .gelu) }),
    ("squareplus", { squareplus(b: $0.number("b") ?? 4) }),
    ("soft_shrink", { softShrink(threshold: $0.number("threshold") ?? 0.5) }),
    ("hard_shrink", { hardShrink(threshold: $0.number("threshold") ?? 0.5) }),
    ("threshold", { threshold($0.number("threshold") ?? 0, otherwise: $0.number("default_value") ?? 0) }),
    ("ThresholdedReLU", { threshold($0.number("theta") ?? 1, otherwise: 0) }),
    ("softmax", { softmax(axis: $0["axis"]?.intValue ?? -1) }),
    ("softmax_v2", { softmax(axis: $0["axis"]?.intValue ?? -1) }),
    ("Softmax", { softmax(axis: $0["axis"]?.intValue ?? -1) }),
    ("glu", { glu(axis: $0["axis"]?.intValue ?? -1) }),
  ]

  private static func softmax(axis: Int) -> Rule { Rule { $0.softmax(axis: axis) } }

  /// Keras's relu with all settings: above the threshold x, at most the maximum; below it slope · (x − threshold).
  private static func relu(_ config: JSONObject) -> Rule {
    let (slope, threshold) = (config.number("negative_slope", "alpha") ?? 0, config.number("threshold") ?? 0)
    let maximum = config.number("max_value")
    if threshold == 0, maximum == nil { return Rule(slope == 0 ? .relu : .leakyRelu(slope: slope)) }
    if threshold == 0, slope == 0, maximum == 6 { return Rule(.relu6) }
    return Rule { x in
      var y = threshold == 0 ? x.relu() : Tensor.select(x.greater(threshold), x, Tensor.zeros(like: x))
      if let maximum { y = y.minimum(maximum) }
      return slope == 0 ? y : y - (threshold - x).relu() * slope
    }
  }

  /// max(x, 0) + alpha (exp(min(x, 0) / alpha) − 1)
  private static func celu(alpha: Double) -> Rule {
    guard alpha != 1 else { return Rule(.celu) }
    return Rule { x in x.relu() + (x.minimum(0) / alpha).activated(.elu(alpha: 1)) * alpha }
  }

  /// (x + sqrt(x² + b)) / 2
  private static func squareplus(b: Double) -> Rule {
    b == 4 ? Rule(.squareplus) : Rule { x in (x + (x * x + b).sqrt()) * 0.5 }
  }

  /// x drawn towards 0 by the threshold; 0 where that would cross it.
  private static func softShrink(threshold: Double) -> Rule {
    guard threshold != 0.5 else { return Rule(.softShrink) }
    return Rule { x in
      let zero = Tensor.zeros(like: x)
      let upper = Tensor.select(x.greater(threshold), x - threshold, zero)
      return Tensor.select(x.less(-threshold), x + threshold, upper)
    }
  }

  /// x outside of ±threshold, else 0.
  private static func hardShrink(threshold: Double) -> Rule {
    guard threshold != 0.5 else { return Rule(.hardShrink) }
    return Rule { x in Tensor.select(x.abs().greater(threshold), x, Tensor.zeros(like: x)) }
  }

  private static func threshold(_ threshold: Double, otherwise value: Double) -> Rule {
    Rule { x in Tensor.select(x.greater(threshold), x, Tensor.full(x.shape, value, dtype: x.dtype)) }
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

  /// Dauphin et al. 2017: the first half of an axis, gated by the second.
  private static func glu(axis: Int) -> Rule {
    Rule { x in
      let halves = x.split(count: 2, axis: axis)
      return halves[0] * halves[1].sigmoid()
    }
  }
}

extension JSONObject {
  /// The first of these keys that holds a number.
  func number(_ keys: String...) -> Double? {
    for key in keys { if let value = self[key]?.doubleValue { return value } }
    return nil
  }
}
