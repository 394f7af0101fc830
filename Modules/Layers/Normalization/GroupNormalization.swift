public import TensorCore

/// Normalizes each sample over groups of channels, then scales and shifts each channel. Of 2 dimensions or more. Wu and He
/// 2018. Keras: `GroupNormalization`.
public struct GroupNormalization: Layer {
  public static let kind = "GroupNormalization"
  public static let template = GroupNormalization()
  public static let keepsPrecision = true

  /// How many; -1 for as many as channels.
  public var groups = 32
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

  public init(groups: Int = 32, axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true) {
    (self.groups, self.axis, self.epsilon) = (groups, KerasAxis(axis), epsilon)
    (self.center, self.scale) = (center, scale)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...(Shape.maximumRank - 1))
    guard let axis = input.shape.normalized(axis: axis.value), axis > 0 else {
      throw CoreError(
        .invalidConfig,
        "GroupNormalization: found axis \(axis.value), expected one of \(Shape.batchDescription(input.shape)) behind the "
          + "batch")
    }
    let channels = input.shape[axis]
    let groups = groups == -1 ? channels : groups
    guard groups > 0, channels % groups == 0 else {
      throw CoreError(
        .shapeMismatch,
        "GroupNormalization: found \(channels) channels in \(Shape.batchDescription(input.shape)), expected a multiple "
          + "of groups \(groups)")
    }
    let gamma =
      scale
      ? scope.weight("gamma", [channels], gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint)
      : nil
    let beta =
      center
      ? scope.weight("beta", [channels], betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint)
      : nil
    let epsilon = epsilon
    return Forward { x, context in
      // A group's elements as one row: its channels, then everything else of the sample.
      let others = (1..<x.rank).filter { $0 != axis }
      let order = [0, axis] + others
      let isOrdered = order == Array(0..<x.rank)
      let ordered = isOrdered ? x : x.transposed(order)
      let count = channels / groups * others.reduce(1) { $0 * x.shape[$1] }
      let ones = Tensor.ones([count], dtype: x.dtype)
      let rows = ordered.reshaped([x.shape[0] * groups, count])
        .layerNormalized(gamma: ones, beta: Tensor.zeros([count], dtype: x.dtype), epsilon: epsilon)
      let shaped = rows.reshaped(ordered.shape)
      let inverse = (0..<x.rank).map { axis in order.firstIndex(of: axis) ?? axis }
      var y = isOrdered ? shaped : shaped.transposed(inverse)
      let sizes = Shape((0..<x.rank).map { $0 == axis ? channels : 1 })
      if let gamma { y = y * context[gamma].reshaped(sizes) }
      if let beta { y = y + context[beta].reshaped(sizes) }
      return y
    }
  }
}
