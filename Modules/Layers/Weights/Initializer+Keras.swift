public import TensorCore

// Keras's definitions (keras.initializers): fans, limits and truncation as in keras-core's random_initializers.
extension Initializer {
  static let builtIn: [String: InitializerRegistry.Entry] = {
    var entries: [String: InitializerRegistry.Entry] = [
      "Zeros": { _, spec, _ in Tensor.full(spec.shape, 0, dtype: spec.dtype) },
      "Ones": { _, spec, _ in Tensor.full(spec.shape, 1, dtype: spec.dtype) },
      "Constant": { config, spec, _ in Tensor.full(spec.shape, config.number("value") ?? 0, dtype: spec.dtype) },
      "RandomUniform": { config, spec, key in
        let (low, high) = (config.number("minval") ?? -0.05, config.number("maxval") ?? 0.05)
        return Tensor.randomUniform(spec.shape, low: low, high: high, dtype: spec.dtype, key: key)
      },
      "RandomNormal": { config, spec, key in
        let (mean, deviation) = (config.number("mean") ?? 0, config.number("stddev") ?? 0.05)
        return Tensor.randomNormal(spec.shape, mean: mean, standardDeviation: deviation, dtype: spec.dtype, key: key)
      },
      "TruncatedNormal": { config, spec, key in
        let (mean, deviation) = (config.number("mean") ?? 0, config.number("stddev") ?? 0.05)
        return Tensor.randomTruncatedNormal(
          spec.shape, mean: mean, standardDeviation: deviation, dtype: spec.dtype, key: key)
      },
      "VarianceScaling": { config, spec, key in
        try varianceScaling(
          scale: config.number("scale") ?? 1, mode: config["mode"]?.stringValue ?? "fan_in",
          distribution: config["distribution"]?.stringValue ?? "truncated_normal", config, spec, key)
      },
      "Orthogonal": { config, spec, key in
        try orthogonal(gain: config.number("gain") ?? 1, spec, key)
      },
      "Identity": { config, spec, _ in
        guard spec.rank == 2 else {
          throw CoreError(.shapeMismatch, "Identity initializer: found shape \(spec.shape), expected two dimensions")
        }
        return Tensor.eye(spec.shape[0], columns: spec.shape[1], dtype: spec.dtype) * (config.number("gain") ?? 1)
      },
      "STFT": { config, spec, _ in try stft(config, spec) },
    ]
    entries[squareRootName] = { config, spec, key in try base(config).tensor(spec, key: key, host: .shared).sqrt() }
    entries[unitForgetBiasName] = { config, spec, key in try unitForgetBias(config, spec, key) }
    for (name, scale, mode, distribution) in scalings {
      entries[name] = { config, spec, key in
        try varianceScaling(scale: scale, mode: mode, distribution: distribution, config, spec, key)
      }
    }
    return entries
  }()

  private static let scalings: [(String, Double, String, String)] = [
    ("GlorotUniform", 1, "fan_avg", "uniform"), ("GlorotNormal", 1, "fan_avg", "truncated_normal"),
    ("HeUniform", 2, "fan_in", "uniform"), ("HeNormal", 2, "fan_in", "truncated_normal"),
    ("LecunUniform", 1, "fan_in", "uniform"), ("LecunNormal", 1, "fan_in", "truncated_normal"),
  ]

  private static let squareRootName = "apus>SquareRoot"

  /// The roots of another initializer's values.
  static func squareRoot(of base: Initializer) -> Initializer {
    Initializer(
      squareRootName, config: ["class_name": .string(base.className), "config": .object(base.config)])
  }

  /// The initializer that another one's config holds.
  private static func base(_ config: JSONObject) -> Initializer {
    Initializer(config["class_name"]?.stringValue ?? zeros.className, config: config["config"]?.objectValue ?? [:])
  }

  private static let unitForgetBiasName = "apus>UnitForgetBias"

  /// An LSTM's bias `[4 * units]` with ones for the forget gate, and another initializer for the other gates; `[8 * units]`
  /// as cuDNN has it, ones in the second half.
  static func unitForgetBias(_ base: Initializer, isCuDNN: Bool = false) -> Initializer {
    Initializer(
      unitForgetBiasName,
      config: [
        "class_name": .string(base.className), "config": .object(base.config), "cudnn": .bool(isCuDNN),
      ])
  }

  private static func unitForgetBias(
    _ config: JSONObject, _ spec: TensorSpec, _ key: RandomKey
  ) throws(CoreError) -> Tensor {
    let isCuDNN = config["cudnn"]?.boolValue ?? false
    let units = spec.elementCount / (isCuDNN ? 8 : 4)
    let base = base(config)
    let input = try base.tensor(
      TensorSpec([isCuDNN ? 5 * units : units], spec.dtype), key: key.folding(0), host: .shared)
    let others = try base.tensor(TensorSpec([2 * units], spec.dtype), key: key.folding(1), host: .shared)
    return Tensor.concatenate([input, Tensor.ones([units], dtype: spec.dtype), others], axis: 0)
  }

  /// Keras's fan-in and fan-out of a weight: the last two axes, times the receptive field of the others.
  public static func fans(of shape: Shape) -> (fanIn: Double, fanOut: Double) {
    switch shape.rank {
    case 0: return (1, 1)
    case 1: return (Double(shape[0]), Double(shape[0]))
    default:
      let receptiveField = shape.array.dropLast(2).reduce(1, *)
      return (Double(shape[-2] * receptiveField), Double(shape[-1] * receptiveField))
    }
  }

  /// The fans of a config: products of its `input_axes` and `output_axes`, where it has both.
  private static func fans(of shape: Shape, _ config: JSONObject) throws(CoreError) -> (fanIn: Double, fanOut: Double) {
    guard let inputs = config["input_axes"]?.arrayValue, let outputs = config["output_axes"]?.arrayValue else {
      return fans(of: shape)
    }
    let product = { (axes: [JSON], name: String) throws(CoreError) -> Double in
      var result = 1
      for axis in axes {
        guard let index = axis.intValue.flatMap({ shape.normalized(axis: $0) }) else {
          throw CoreError(.invalidConfig, "found \(name) \(JSON.array(axes)), expected axes of a weight \(shape)")
        }
        result *= shape[index]
      }
      return Double(result)
    }
    return (try product(inputs, "input_axes"), try product(outputs, "output_axes"))
  }

  private static func varianceScaling(
    scale: Double, mode: String, distribution: String, _ config: JSONObject, _ spec: TensorSpec, _ key: RandomKey
  ) throws(CoreError) -> Tensor {
    let (fanIn, fanOut) = try fans(of: spec.shape, config)
    let fan: Double
    switch mode {
    case "fan_in": fan = fanIn
    case "fan_out": fan = fanOut
    case "fan_avg": fan = (fanIn + fanOut) / 2
    default:
      throw CoreError(.invalidConfig, "VarianceScaling: found mode \"\(mode)\", expected fan_in, fan_out or fan_avg")
    }
    let variance = scale / max(1, fan)
    let (shape, dtype) = (spec.shape, spec.dtype)
    switch distribution {
    case "uniform":
      let limit = (3 * variance).squareRoot()
      return Tensor.randomUniform(shape, low: -limit, high: limit, dtype: dtype, key: key)
    case "truncated_normal", "normal":
      // The standard deviation of a unit normal truncated at two: what is drawn has the asked-for variance.
      let deviation = variance.squareRoot() / 0.87962566103423978
      return Tensor.randomTruncatedNormal(shape, mean: 0, standardDeviation: deviation, dtype: dtype, key: key)
    case "untruncated_normal":
      let deviation = variance.squareRoot()
      return Tensor.randomNormal(shape, mean: 0, standardDeviation: deviation, dtype: dtype, key: key)
    default:
      throw CoreError(
        .invalidConfig,
        "VarianceScaling: found distribution \"\(distribution)\", expected uniform, truncated_normal or "
          + "untruncated_normal")
    }
  }

  /// The Q of a random normal matrix, its sign fixed by the diagonal of R; flattened to `[all but last, last]`.
  private static func orthogonal(gain: Double, _ spec: TensorSpec, _ key: RandomKey) throws(CoreError) -> Tensor {
    guard spec.rank >= 2 else {
      throw CoreError(
        .shapeMismatch, "Orthogonal initializer: found shape \(spec.shape), expected two dimensions or more")
    }
    let columns = spec.shape.last
    let rows = columns == 0 ? 0 : spec.elementCount / columns
    let (long, short) = (max(rows, columns), min(rows, columns))
    let normal = Tensor.randomNormal([short, long], mean: 0, standardDeviation: 1, dtype: .float64, key: key)
    // Portably: a seed's weights do not depend on the backend.
    let basis = Execution.$backends.withValue([]) { orthonormalized(normal) }
    let matrix = rows >= columns ? basis.transposed() : basis
    return (matrix * gain).cast(to: spec.dtype).reshaped(spec.shape)
  }

  /// Gram and Schmidt's process on the rows, twice for orthogonality to rounding. A positive diagonal of R is what it gives.
  /// A few rows at a time: what lies along earlier blocks goes by matrix products.
  private static func orthonormalized(_ rows: Tensor) -> Tensor {
    let (count, blockCount) = (rows.shape[0], 16)
    var basis = rows.sliced(axis: 0, 0..<0)
    for start in stride(from: 0, to: count, by: blockCount) {
      var block = rows.sliced(axis: 0, start..<min(start + blockCount, count))
      for _ in 0..<2 where start > 0 { block = block - block.matmul(basis, transposeOther: true).matmul(basis) }
      orthonormalize(&block)
      basis = Tensor.concatenate([basis, block], axis: 0)
    }
    return basis
  }

  private static func orthonormalize(_ rows: inout Tensor) {
    let (count, length) = (rows.shape[0], rows.shape[1])
    rows.withMutableScalars(of: Double.self) { basis in
      for i in 0..<count {
        let row = i * length
        for _ in 0..<2 {
          for j in 0..<i {
            var dot = 0.0
            for k in 0..<length { dot += basis[row + k] * basis[j * length + k] }
            for k in 0..<length { basis[row + k] -= dot * basis[j * length + k] }
          }
        }
        var squares = 0.0
        for k in 0..<length { squares += basis[row + k] * basis[row + k] }
        let scale = 1 / squares.squareRoot()
        for k in 0..<length { basis[row + k] *= scale }
      }
    }
  }
}
