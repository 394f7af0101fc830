public import TensorCore

/// Normalizes each channel over the batch, then scales and shifts it. Ioffe and Szegedy 2015. Keras:
/// `BatchNormalization`.
///
/// In training the batch's mean and biased variance are used, and the moving statistics approach them by
/// `1 − momentum`; in inference, and where the layer is frozen, the moving statistics are used.
public struct BatchNormalization: Layer {
  public static let kind = "BatchNormalization"
  public static let template = BatchNormalization()
  public static let keepsPrecision = true

  /// The axis of the channels.
  public var axis: KerasAxis = -1
  public var momentum = 0.99
  public var epsilon = 1e-3
  public var center = true
  public var scale = true
  public var betaInitializer = Initializer.zeros
  public var gammaInitializer = Initializer.ones
  public var movingMeanInitializer = Initializer.zeros
  public var movingVarianceInitializer = Initializer.ones
  public var betaRegularizer: Regularizer?
  public var gammaRegularizer: Regularizer?
  public var betaConstraint: Constraint?
  public var gammaConstraint: Constraint?
  /// Corrects the batch's statistics in training; nil: takes them as they are.
  public var renormalization: BatchRenormalization?

  public init(axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true)
  {
    (self.axis, self.momentum, self.epsilon) = (KerasAxis(axis), momentum, epsilon)
    (self.center, self.scale) = (center, scale)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let axis = try channelAxis(of: input)
    let shape: Shape = [input.shape[axis]]
    let gamma =
      scale
      ? scope.weight("gamma", shape, gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint) : nil
    let beta =
      center
      ? scope.weight("beta", shape, betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint) : nil
    let mean = scope.weight("moving_mean", shape, movingMeanInitializer, isTrainable: false)
    let variance = scope.weight("moving_variance", shape, movingVarianceInitializer, isTrainable: false)
    let statistics = renormalization.map { BatchRenormalization.Statistics($0, self, mean, variance, &scope) }
    let (momentum, epsilon, isFrozen) = (momentum, epsilon, !scope.isTrainable)
    // Keras 2 has its fused kernel normalize images, which corrects the variance that it moves by.
    let usesUnbiasedVariance = scope.kerasMajorVersion < 3 && input.rank == 4 && axis != 2
    let normalizesNothing = scope.kerasMajorVersion >= 3
    return Forward { x, context in
      let mask = context.mask().map { Self.channelsToEnd($0.ofSteps(like: x), axis) }
      let x = Self.channelsToEnd(x, axis)
      let scale = gamma.map { context[$0] } ?? Tensor.ones(shape, dtype: x.dtype)
      let shift = beta.map { context[$0] } ?? Tensor.zeros(shape, dtype: x.dtype)
      guard context.isTraining, !isFrozen else {
        let factor = scale * (context[variance] + epsilon).rsqrt()
        return Self.channelsBack(x.scaleShift(factor, shift - context[mean] * factor), axis)
      }
      if let statistics {
        return Self.channelsBack(statistics.normalized(x, mask, gamma: scale, beta: shift, &context), axis)
      }
      let (y, batchMean, batchVariance) =
        mask.map { x.batchNormalized($0, gamma: scale, beta: shift, epsilon: epsilon) }
        ?? (x.elementCount == 0 ? x.nothingNormalized(scale, shift, isFactor: normalizesNothing) : nil)
        ?? x.batchNormalized(gamma: scale, beta: shift, epsilon: epsilon)
      let count = Double(x.elementCount / max(1, x.shape.last))
      let newVariance = usesUnbiasedVariance && count > 1 ? batchVariance * (count / (count - 1)) : batchVariance
      context.update(mean, to: context[mean] * momentum + batchMean * (1 - momentum))
      context.update(variance, to: context[variance] * momentum + newVariance * (1 - momentum))
      return Self.channelsBack(y, axis)
    }
  }

  private func channelAxis(of input: TensorSpec) throws(CoreError) -> Int {
    guard let axis = input.shape.normalized(axis: axis.value), axis > 0 else {
      throw CoreError(
        .invalidConfig,
        "BatchNormalization: found axis \(axis.value), expected one of \(Shape.batchDescription(input.shape)) behind "
          + "the batch")
    }
    return axis
  }

  /// With the channels last.
  private static func channelsToEnd(_ x: Tensor, _ axis: Int) -> Tensor {
    guard axis != x.rank - 1 else { return x }
    return x.transposed((0..<x.rank).filter { $0 != axis } + [axis])
  }

  private static func channelsBack(_ x: Tensor, _ axis: Int) -> Tensor {
    guard axis != x.rank - 1 else { return x }
    var permutation = Array(0..<(x.rank - 1))
    permutation.insert(x.rank - 1, at: axis)
    return x.transposed(permutation)
  }
}

extension Tensor {
  /// Normalized with mean and variance of the elements that a mask of the same shape leaves, as Keras has them: the number
  /// of these is taken for larger by 10⁻⁷. Channels are last.
  func batchNormalized(
    _ mask: Tensor, gamma: Tensor, beta: Tensor, epsilon: Double
  ) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    let axes = Array(0..<(rank - 1))
    let zeros = Tensor.zeros(like: self)
    let count = mask.cast(to: dtype).sum(axes: axes) + 1e-7
    let mean = Tensor.select(mask, self, zeros).sum(axes: axes) / count
    let variance = Tensor.select(mask, self - mean, zeros).square().sum(axes: axes) / count
    let factor = gamma * (variance + epsilon).rsqrt()
    return (scaleShift(factor, beta - mean * factor), mean, variance)
  }

  /// Self, which has no samples, with what Keras takes for their statistics: NaN.
  ///
  /// - Parameter isFactor: whether gamma is multiplied by them and so has NaN for its gradient, as in Keras 3; in Keras 2 it
  ///   has 0.
  fileprivate func nothingNormalized(
    _ gamma: Tensor, _ beta: Tensor, isFactor: Bool
  ) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    let nan = Tensor.full(gamma.shape, .nan, dtype: dtype)
    return (isFactor ? scaleShift(gamma * nan, beta - nan * gamma) : scaleShift(gamma, beta), nan, nan)
  }
}

/// One axis; configs of tf.keras 2 spell it as a list of one.
public struct KerasAxis: Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
  public var value: Int

  public init(_ value: Int) { self.value = value }

  public init(integerLiteral value: Int) { self.init(value) }

  public init(from decoder: any Decoder) throws {
    if let value = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(value)
      return
    }
    let axes = try [Int](from: decoder)
    guard axes.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "found axis \(axes), expected one axis"))
    }
    self.init(axes[0])
  }

  public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
