public import TensorCore

/// Normalizes each sample over one axis or several, then scales and shifts it. Of any shape. Ba, Kiros and Hinton 2016.
/// Keras: `LayerNormalization`.
public struct LayerNormalization: Layer {
  public static let kind = "LayerNormalization"
  public static let template = LayerNormalization()
  public static let keepsPrecision = true

  /// The axes that are normalized together; gamma and beta have their sizes.
  public var axis: KerasAxes = -1
  public var epsilon = 1e-3
  public var center = true
  public var scale = true
  /// Divides by the deviation without taking off the mean, and scales alone.
  public var rmsScaling = false
  public var betaInitializer = Initializer.zeros
  public var gammaInitializer = Initializer.ones
  public var betaRegularizer: Regularizer?
  public var gammaRegularizer: Regularizer?
  public var betaConstraint: Constraint?
  public var gammaConstraint: Constraint?

  public init(axis: KerasAxes = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true) {
    (self.axis, self.epsilon, self.center, self.scale) = (axis, epsilon, center, scale)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let axes = try axis.resolved(in: input.shape, of: Self.kind)
    // Keras 2 gives weights the sizes in the order of the config, and reads them in that of the axes all the same.
    let shape = scope.kerasMajorVersion < 3 ? axis.sizes(in: input.shape) : Shape(axes.map { input.shape[$0] })
    let gamma =
      scale || rmsScaling
      ? scope.weight("gamma", shape, gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint) : nil
    let beta =
      center && !rmsScaling
      ? scope.weight("beta", shape, betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint) : nil
    let (epsilon, count, isRMS) = (epsilon, shape.elementCount, rmsScaling)
    // The normalized axes go to the end, where they are one.
    let others = (0..<input.rank).filter { !axes.contains($0) }
    let order = others + axes
    let isOrdered = order == Array(0..<input.rank)
    let inverse = (0..<input.rank).map { axis in order.firstIndex(of: axis) ?? axis }
    return Forward { x, context in
      let ordered = isOrdered ? x : x.transposed(order)
      let rows = ordered.reshaped(Shape(others.map { x.shape[$0] } + [count]))
      let scale = gamma.map { context[$0].reshaped([count]) } ?? Tensor.ones([count], dtype: x.dtype)
      let y: Tensor
      if isRMS {
        let variance = rows.variance(axes: [-1], keepDims: true)
        y = rows * (variance + epsilon).rsqrt() * scale
      } else {
        let shift = beta.map { context[$0].reshaped([count]) } ?? Tensor.zeros([count], dtype: x.dtype)
        y = rows.layerNormalized(gamma: scale, beta: shift, epsilon: epsilon)
      }
      let shaped = y.reshaped(ordered.shape)
      return isOrdered ? shaped : shaped.transposed(inverse)
    }
  }
}

extension LayerNormalization: DialectSpelling {
  /// Keras 2 has no such key, and lists the axes.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    guard dialect == .keras2 else { return }
    if config["rms_scaling"]?.boolValue != true { config["rms_scaling"] = nil }
    if let axis = config["axis"]?.intValue { config["axis"] = [.integer(axis)] }
  }
}
