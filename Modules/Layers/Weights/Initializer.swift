public import TensorCore

/// How a weight begins, by its Keras class name: `.glorotUniform`, `.zeros`, or one that a plugin registered.
///
/// In a config it is a serialised object or a plain name (`"glorot_uniform"`). Definitions: keras.initializers.
public struct Initializer: KerasObject {
  /// Keras's class name.
  public var className: String
  public var config: JSONObject

  public init(_ className: String, config: JSONObject = [:]) {
    self.className = className
    self.config = config
  }

  public static let zeros = Initializer("Zeros")
  public static let ones = Initializer("Ones")
  public static let glorotUniform = Initializer("GlorotUniform", config: ["seed": nil])
  public static let glorotNormal = Initializer("GlorotNormal", config: ["seed": nil])
  public static let heUniform = Initializer("HeUniform", config: ["seed": nil])
  public static let heNormal = Initializer("HeNormal", config: ["seed": nil])
  public static let lecunUniform = Initializer("LecunUniform", config: ["seed": nil])
  public static let lecunNormal = Initializer("LecunNormal", config: ["seed": nil])

  public static func constant(_ value: Double) -> Initializer {
    Initializer("Constant", config: ["value": .number(value)])
  }

  /// Uniform in `minimum..<maximum`.
  public static func randomUniform(_ minimum: Double = -0.05, _ maximum: Double = 0.05) -> Initializer {
    Initializer("RandomUniform", config: ["seed": nil, "minval": .number(minimum), "maxval": .number(maximum)])
  }

  public static func randomNormal(mean: Double = 0, standardDeviation: Double = 0.05) -> Initializer {
    Initializer("RandomNormal", config: ["seed": nil, "mean": .number(mean), "stddev": .number(standardDeviation)])
  }

  /// Normal, drawn again outside of two standard deviations.
  public static func truncatedNormal(mean: Double = 0, standardDeviation: Double = 0.05) -> Initializer {
    Initializer("TruncatedNormal", config: ["seed": nil, "mean": .number(mean), "stddev": .number(standardDeviation)])
  }

  /// Orthogonal rows or columns of a random matrix (Saxe et al. 2014).
  public static func orthogonal(gain: Double = 1) -> Initializer {
    Initializer("Orthogonal", config: ["seed": nil, "gain": .number(gain)])
  }

  public static func identity(gain: Double = 1) -> Initializer {
    Initializer("Identity", config: ["gain": .number(gain)])
  }

  /// The first values of a weight. Throws where the name is unknown, or the shape does not suit the initializer.
  public func tensor(_ spec: TensorSpec, key: RandomKey, host: PluginHost) throws(CoreError) -> Tensor {
    guard let make = host.initializers[className] else {
      throw CoreError(
        .unknownName,
        "found initializer \"\(className)\", expected one of \(host.initializers.names.joined(separator: ", ")); "
          + "PluginHost.register(initializer:) adds one")
    }
    // A seed in the config makes the values independent of the model's seed, as in Keras.
    let key = config["seed"]?.intValue.map { RandomKey(seed: UInt64(truncatingIfNeeded: $0)) } ?? key
    do {
      guard spec.dtype.isHalf else { return try make(config, spec, key) }
      return try make(config, TensorSpec(spec.shape, .float32), key).cast(to: spec.dtype)
    } catch {
      throw CoreError(wrapping: error)
    }
  }
}

/// The slot for initializers: from config, spec and key to values.
public enum InitializerRegistry: RegistryKey {
  public typealias Entry = @Sendable (JSONObject, TensorSpec, RandomKey) throws -> Tensor

  public static let builtIn = Registry<Entry>(Initializer.builtIn)
}

extension PluginHost {
  public var initializers: Registry<InitializerRegistry.Entry> { self[InitializerRegistry.self] }

  /// Adds an initializer under a class name.
  public mutating func register(initializer name: String, _ make: @escaping InitializerRegistry.Entry) {
    register(InitializerRegistry.self, name, make)
  }
}

extension Initializer {
  public static let noun = "initializer"
  public static let module = "keras.initializers"

  public static func className(of name: String) -> String? { classNames[name] }

  /// Short names, and the names of older versions.
  private static let classNames: [String: String] = [
    "zeros": "Zeros", "zero": "Zeros", "ones": "Ones", "one": "Ones", "constant": "Constant",
    "uniform": "RandomUniform",
    "random_uniform": "RandomUniform", "normal": "RandomNormal", "random_normal": "RandomNormal",
    "truncated_normal": "TruncatedNormal", "variance_scaling": "VarianceScaling", "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal", "he_uniform": "HeUniform", "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform", "lecun_normal": "LecunNormal", "orthogonal": "Orthogonal", "identity": "Identity",
    "OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity", "stft": "STFT", "STFTInitializer": "STFT",
  ]
}
