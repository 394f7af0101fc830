public import TensorCore

/// A fully connected layer: `[..., features] -> [..., units]`, `activation(x · kernel + bias)`. Keras: `Dense`.
public struct Dense: Layer {
  public static let kind = "Dense"
  public static let template = Dense(units: 1)
  public static let requiredKeys = ["units"]

  public var units: Int
  public var activation = Activation.linear
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?

  public init(units: Int, activation: Activation = .linear, useBias: Bool = true) {
    (self.units, self.activation, self.useBias) = (units, activation, useBias)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    try expect(units > 0, "units", units, "a number above 0")
    let kernel = scope.weight(
      "kernel", [input.shape.last, units], kernelInitializer, regularizer: kernelRegularizer,
      constraint: kernelConstraint)
    let bias =
      useBias
      ? scope.weight("bias", [units], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    let activation = try scope.activation(activation)
    let dtype = scope.dtypePolicy.computeDType ?? scope.dtype
    return Forward { x, context in
      // Keras multiplies integers, such as counts of words, as floats.
      let x = x.dtype.isFloating ? x : x.cast(to: dtype)
      let y = x.linear(context[kernel], bias.map { context[$0] }, activation: activation.epilogue)
      return activation.finish(y, &context)
    }
  }
}

extension Dense: DialectSpelling {
  /// Keras 3 leaves the key out where there is none.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras3, config["activity_regularizer"]?.isNull == true { config["activity_regularizer"] = nil }
  }
}
