public import Layers
public import TensorCore

/// Normalizes each channel of each sample by itself, then scales and shifts it: `[batch, ..., channels] -> [batch, ...,
/// channels]`. Ulyanov et al. 2016. As TensorFlow Addons had it; in files `Apus>InstanceNormalization`.
public struct InstanceNormalization: Layer {
  public static let kind = "Apus>InstanceNormalization"
  public static let template = InstanceNormalization()
  public static let keepsPrecision = true

  /// The axis of the channels.
  public var axis: KerasAxis = -1
  public var epsilon = 1e-3
  public var center = true
  public var scale = true
  public var betaInitializer = Initializer.zeros
  public var gammaInitializer = Initializer.ones
  public var betaRegularizer: Regularizer?
  public var gammaRegularizer: Regularizer?
  public var betaConstraint: Constraint?
  public var gammaConstraint: Constraint?

  /// - Parameters:
  ///   - axis: of the channels.
  ///   - epsilon: what is added to the variance.
  ///   - center: whether there is a shift `beta`.
  ///   - scale: whether there is a factor `gamma`.
  public init(axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true) {
    (self.axis, self.epsilon, self.center, self.scale) = (KerasAxis(axis), epsilon, center, scale)
  }

  public var maskRule: MaskRule { .passes }

  /// - Parameters:
  ///   - scope: where the weights are declared: gamma, beta, of the number of channels.
  ///   - inputs: one, of three dimensions or more.
  /// - Returns: the normalization.
  /// - Throws: where the axis is none behind the batch.
  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 3...Shape.maximumRank)
    guard let axis = input.shape.normalized(axis: axis.value), axis > 0 else {
      throw CoreError(
        .invalidConfig,
        "InstanceNormalization: found axis \(axis.value), expected one of \(Shape.batchDescription(input.shape)) behind "
          + "the batch")
    }
    let channels = input.shape[axis]
    let gamma =
      scale
      ? scope.weight("gamma", [channels], gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint)
      : nil
    let beta =
      center
      ? scope.weight("beta", [channels], betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint)
      : nil
    let (epsilon, axes) = (epsilon, (1..<input.rank).filter { $0 != axis })
    let sizes = Shape((0..<input.rank).map { $0 == axis ? channels : 1 })
    return Forward { x, context in
      let centered = x - x.mean(axes: axes, keepDims: true)
      let factor = ((centered * centered).mean(axes: axes, keepDims: true) + epsilon).rsqrt()
      let scaled = centered * (gamma.map { factor * context[$0].reshaped(sizes) } ?? factor)
      return beta.map { scaled + context[$0].reshaped(sizes) } ?? scaled
    }
  }
}
