public import TensorCore

/// What a weight is forced to after every step: by its Keras class name, or one that a plugin registered. Definitions:
/// keras.constraints.
public struct Constraint: KerasObject {
  public var className: String
  public var config: JSONObject

  public init(_ className: String, config: JSONObject = [:]) { (self.className, self.config) = (className, config) }

  /// The norm over the axes is at most `maximum` (Srivastava et al. 2014).
  ///
  /// - Parameters:
  ///   - maximum: the largest norm.
  ///   - axes: over which it is taken: 0 for a Dense kernel, `[0, 1, 2]` for that of a Conv2D.
  public static func maxNorm(_ maximum: Double = 2, axes: KerasAxes = 0) -> Constraint {
    Constraint("MaxNorm", config: ["max_value": .number(maximum), "axis": axes.json])
  }

  /// No element is negative.
  public static let nonNegative = Constraint("NonNeg")

  /// The norm over the axes is 1.
  public static func unitNorm(axes: KerasAxes = 0) -> Constraint { Constraint("UnitNorm", config: ["axis": axes.json]) }

  /// The norm over the axes lies between two numbers, and goes there by the share `rate` of its distance.
  public static func minMaxNorm(
    _ minimum: Double = 0, _ maximum: Double = 1, rate: Double = 1, axes: KerasAxes = 0
  ) -> Constraint {
    let (low, high) = (JSON.number(minimum), JSON.number(maximum))
    return Constraint(
      "MinMaxNorm", config: ["min_value": low, "max_value": high, "rate": .number(rate), "axis": axes.json])
  }

  public static let noun = "constraint"
  public static let module = "keras.constraints"

  public static func className(of name: String) -> String? {
    switch name {
    case "max_norm", "maxnorm": "MaxNorm"
    case "non_neg", "nonneg": "NonNeg"
    case "unit_norm", "unitnorm": "UnitNorm"
    case "min_max_norm": "MinMaxNorm"
    default: nil
    }
  }

  /// From a weight after a step to what it is then.
  public typealias Projection = @Sendable (Tensor) -> Tensor

  /// The function from a weight to the allowed one.
  ///
  /// - Parameters:
  ///   - shape: the weight's.
  ///   - host: where the name is looked up.
  /// - Throws: where the name is unknown, the config makes no sense, or the shape does not suit.
  public func projection(for shape: Shape, in host: PluginHost) throws(CoreError) -> Projection {
    guard let make = host.constraints[className] else {
      throw CoreError(
        .unknownName,
        "found constraint \"\(className)\", expected one of \(host.constraints.names.joined(separator: ", ")); "
          + "PluginHost.register(constraint:) adds one")
    }
    do {
      return try make(config, shape)
    } catch {
      throw CoreError(wrapping: error)
    }
  }
}

/// The slot for constraints: from config and the weight's shape to the projection.
public enum ConstraintRegistry: RegistryKey {
  public typealias Entry = @Sendable (JSONObject, Shape) throws -> Constraint.Projection

  public static let builtIn = Registry<Entry>([
    "NonNeg": { _, _ in { $0.maximum(0) } },
    "MaxNorm": { config, shape in
      let maximum = try config.number("max_value", default: 2, of: "MaxNorm")
      return try scaling(config, shape, of: "MaxNorm") { $0.clamped(0, maximum) }
    },
    "UnitNorm": { config, shape in
      try scaling(config, shape, of: "UnitNorm") { Tensor.ones($0.shape, dtype: $0.dtype) }
    },
    "MinMaxNorm": { config, shape in
      let minimum = try config.number("min_value", default: 0, of: "MinMaxNorm")
      let maximum = try config.number("max_value", default: 1, of: "MinMaxNorm")
      let rate = try config.number("rate", default: 1, of: "MinMaxNorm")
      return try scaling(config, shape, of: "MinMaxNorm") { $0.clamped(minimum, maximum) * rate + $0 * (1 - rate) }
    },
  ])

  /// Keras's epsilon, which keeps a weight of zeros where it is.
  private static let epsilon = 1e-7

  /// Scales a weight so that its norm over the config's axes is the one that `target` makes of it.
  private static func scaling(
    _ config: JSONObject, _ shape: Shape, of name: String, _ target: @escaping @Sendable (Tensor) -> Tensor
  ) throws(CoreError) -> Constraint.Projection {
    let given = config["axis"] ?? 0
    let numbers = given.intValue.map { [$0] } ?? given.arrayValue?.compactMap(\.intValue) ?? []
    let axes = numbers.compactMap { shape.normalized(axis: $0) }
    guard !axes.isEmpty, axes.count == numbers.count, Set(axes).count == axes.count else {
      throw CoreError(.invalidConfig, "\(name): found axis \(given), expected different axes of the weight \(shape)")
    }
    return { weight in
      let norm = weight.square().sum(axes: axes, keepDims: true).sqrt()
      return weight * (target(norm) / (norm + epsilon))
    }
  }
}

extension PluginHost {
  public var constraints: Registry<ConstraintRegistry.Entry> { self[ConstraintRegistry.self] }

  /// Adds a constraint under a class name.
  public mutating func register(constraint name: String, _ make: @escaping ConstraintRegistry.Entry) {
    register(ConstraintRegistry.self, name, make)
  }
}

extension KerasAxes {
  var json: JSON { isList ? .array(values.map { .integer($0) }) : .integer(values[0]) }
}
