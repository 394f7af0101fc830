public import TensorCore

/// A penalty on a weight, or on what a layer puts out, added to the loss: by its Keras class name, or one that a plugin
/// registered. Definitions: keras.regularizers.
public struct Regularizer: KerasObject {
  public var className: String
  public var config: JSONObject

  public init(_ className: String, config: JSONObject = [:]) { (self.className, self.config) = (className, config) }

  /// `factor` times the sum of the magnitudes.
  public static func l1(_ factor: Double = 0.01) -> Regularizer {
    Regularizer("L1", config: ["l1": .number(factor)])
  }

  /// `factor` times the sum of the squares.
  public static func l2(_ factor: Double = 0.01) -> Regularizer {
    Regularizer("L2", config: ["l2": .number(factor)])
  }

  /// Both sums.
  public static func l1l2(l1: Double = 0, l2: Double = 0) -> Regularizer {
    Regularizer("L1L2", config: ["l1": .number(l1), "l2": .number(l2)])
  }

  /// The mean magnitude of the products of different rows, or columns, of a matrix, each of length one.
  public static func orthogonal(_ factor: Double = 0.01, columns: Bool = false) -> Regularizer {
    Regularizer(
      "OrthogonalRegularizer", config: ["factor": .number(factor), "mode": columns ? "columns" : "rows"])
  }

  public static let noun = "regularizer"
  public static let module = "keras.regularizers"

  public static func className(of name: String) -> String? {
    switch name {
    case "l1": "L1"
    case "l2": "L2"
    case "l1_l2", "l1l2": "L1L2"
    case "orthogonal_regularizer": "OrthogonalRegularizer"
    default: nil
    }
  }

  /// What it adds to the loss.
  public typealias Penalty = @Sendable (Tensor) -> Tensor

  /// The function from a weight to its penalty, a tensor of shape `[]`.
  ///
  /// - Parameters:
  ///   - shape: the weight's.
  ///   - host: where the name is looked up.
  /// - Throws: where the name is unknown, the config makes no sense, or the shape does not suit.
  public func penalty(for shape: Shape, in host: PluginHost) throws(CoreError) -> Penalty {
    guard let make = host.regularizers[className] else {
      throw CoreError(
        .unknownName,
        "found regularizer \"\(className)\", expected one of \(host.regularizers.names.joined(separator: ", ")); "
          + "PluginHost.register(regularizer:) adds one")
    }
    do {
      return try make(config, shape)
    } catch {
      throw CoreError(wrapping: error)
    }
  }
}

/// The slot for regularizers: from config and the weight's shape to its penalty.
public enum RegularizerRegistry: RegistryKey {
  public typealias Entry = @Sendable (JSONObject, Shape) throws -> Regularizer.Penalty

  public static let builtIn = Registry<Entry>([
    "L1": { config, _ in
      let factor = try config.number("l1", default: 0.01, of: "L1")
      return { $0.abs().sum() * factor }
    },
    "L2": { config, _ in
      let factor = try config.number("l2", default: 0.01, of: "L2")
      return { $0.square().sum() * factor }
    },
    "L1L2": { config, _ in
      let (l1, l2) = (
        try config.number("l1", default: 0, of: "L1L2"), try config.number("l2", default: 0, of: "L1L2")
      )
      return { x in
        let sums = (l1 == 0 ? [] : [x.abs().sum() * l1]) + (l2 == 0 ? [] : [x.square().sum() * l2])
        return sums.dropFirst().reduce(sums.first ?? Tensor.zeros([], dtype: x.dtype)) { $0 + $1 }
      }
    },
    "OrthogonalRegularizer": { config, shape in try orthogonal(config, shape) },
  ])

  private static func orthogonal(_ config: JSONObject, _ shape: Shape) throws(CoreError) -> Regularizer.Penalty {
    let name = "OrthogonalRegularizer"
    let factor = try config.number("factor", default: 0.01, of: name)
    let mode = config["mode"]?.stringValue ?? "rows"
    guard mode == "rows" || mode == "columns" else {
      throw CoreError(.invalidConfig, "\(name): found mode \"\(mode)\", expected rows or columns")
    }
    guard shape.rank == 2 else {
      throw CoreError(.shapeMismatch, "\(name): found a weight \(shape), expected two dimensions")
    }
    let isRows = mode == "rows"
    return { x in
      // Keras's `normalize`: the squared length is kept away from zero.
      let length = x.square().sum(axes: [isRows ? 1 : 0], keepDims: true).maximum(1e-12).rsqrt()
      let unit = x * length
      let product = isRows ? unit.matmul(unit, transposeOther: true) : unit.transposed().matmul(unit)
      let size = product.shape[0]
      let others = product * (1 - Tensor.eye(size, columns: size, dtype: x.dtype))
      return others.abs().sum() * (factor * 0.5 / (Double(size) * Double(size - 1) / 2))
    }
  }
}

extension PluginHost {
  public var regularizers: Registry<RegularizerRegistry.Entry> { self[RegularizerRegistry.self] }

  /// Adds a regularizer under a class name.
  public mutating func register(regularizer name: String, _ make: @escaping RegularizerRegistry.Entry) {
    register(RegularizerRegistry.self, name, make)
  }
}
