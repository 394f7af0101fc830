internal import TensorCore

/// How `BatchNormalization` corrects a batch's statistics towards those of many batches. Ioffe 2017. Keras: `renorm`,
/// `renorm_clipping` and `renorm_momentum` of `BatchNormalization`.
public struct BatchRenormalization: Hashable, Sendable, Codable {
  /// How slowly the statistics of many batches move.
  public var momentum = 0.99
  /// The smallest ratio of the batch's deviation to that of many batches; nil: any.
  public var rmin: Double?
  /// The largest one; nil: any.
  public var rmax: Double?
  /// How many deviations the batch's mean may be off, either way; nil: any number.
  public var dmax: Double?

  public init(momentum: Double = 0.99, rmin: Double? = nil, rmax: Double? = nil, dmax: Double? = nil) {
    (self.momentum, self.rmin, self.rmax, self.dmax) = (momentum, rmin, rmax, dmax)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    momentum = try values.decodeIfPresent(Double.self, forKey: .momentum) ?? 0.99
    rmin = try values.decodeIfPresent(Double.self, forKey: .rmin)
    rmax = try values.decodeIfPresent(Double.self, forKey: .rmax)
    dmax = try values.decodeIfPresent(Double.self, forKey: .dmax)
  }

  /// The weights that the correction adds to a layer's, and what is done with them in training.
  struct Statistics {
    private let settings: BatchRenormalization
    private let momentum: Double
    private let epsilon: Double
    private let movingMean: WeightKey
    private let movingVariance: WeightKey
    private let movingDeviation: WeightKey
    private let mean: WeightKey
    private let deviation: WeightKey

    /// Declares the weights, in Keras's order, behind the layer's own.
    init(
      _ settings: BatchRenormalization, _ layer: BatchNormalization, _ movingMean: WeightKey,
      _ movingVariance: WeightKey, _ scope: inout BuildScope
    ) {
      (self.settings, momentum, epsilon) = (settings, layer.momentum, layer.epsilon)
      (self.movingMean, self.movingVariance) = (movingMean, movingVariance)
      let (shape, deviations) = (movingMean.spec.shape, Initializer.squareRoot(of: layer.movingVarianceInitializer))
      movingDeviation = scope.weight("moving_stddev", shape, deviations, isTrainable: false)
      mean = scope.weight("renorm_mean", shape, layer.movingMeanInitializer, isTrainable: false)
      deviation = scope.weight("renorm_stddev", shape, deviations, isTrainable: false)
    }

    /// A batch with its channels last, normalized, corrected, scaled and shifted. No gradient flows back through the
    /// correction.
    func normalized(
      _ x: Tensor, _ mask: Tensor?, gamma: Tensor, beta: Tensor, _ context: inout CallContext
    ) -> Tensor {
      let (one, zero) = (Tensor.ones(like: gamma), Tensor.zeros(like: beta))
      let (y, batchMean, batchVariance) =
        mask.map { x.batchNormalized($0, gamma: one, beta: zero, epsilon: epsilon) }
        ?? x.batchNormalized(gamma: one, beta: zero, epsilon: epsilon)
      let batchDeviation = (batchVariance + epsilon).sqrt()
      let usual = context[deviation].maximum(epsilon.squareRoot())
      var factor = (batchDeviation / usual).stopGradient()
      var shift = ((batchMean - context[mean]) / usual).stopGradient()
      if let rmin = settings.rmin { factor = factor.maximum(rmin) }
      if let rmax = settings.rmax { factor = factor.minimum(rmax) }
      if let dmax = settings.dmax { shift = shift.maximum(-dmax).minimum(dmax) }
      move(mean, to: batchMean, settings.momentum, &context)
      move(deviation, to: batchDeviation, settings.momentum, &context)
      move(movingMean, to: batchMean, momentum, &context)
      let moved = move(movingDeviation, to: batchDeviation, momentum, &context)
      context.update(movingVariance, to: (moved.square() - epsilon).maximum(0))
      return y.scaleShift(factor * gamma, shift * gamma + beta)
    }

    @discardableResult
    private func move(_ key: WeightKey, to value: Tensor, _ momentum: Double, _ context: inout CallContext) -> Tensor {
      let moved = context[key] * momentum + value * (1 - momentum)
      context.update(key, to: moved)
      return moved
    }
  }
}

extension BatchNormalization: DialectSpelling {
  /// Keras's three keys are one property. Where nothing is corrected they stay unknown keys, so that they are written to
  /// those files alone that had them: older versions of Keras refuse them.
  static func read(_ config: inout JSONObject) {
    guard let renorm = config["renorm"], !renorm.isNull, renorm != false else { return }
    var settings = config["renorm_clipping"]?.objectValue ?? [:]
    settings["momentum"] = config["renorm_momentum"]
    config["renormalization"] = renorm == true ? .object(settings) : renorm
    for key in ["renorm", "renorm_clipping", "renorm_momentum"] { config[key] = nil }
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    let settings = config["renormalization"]?.objectValue
    config["renormalization"] = nil
    guard var clipping = settings else { return }
    config["renorm"] = true
    config["renorm_momentum"] = clipping["momentum"]
    clipping["momentum"] = nil
    config["renorm_clipping"] = .object(JSONObject(clipping.filter { !$0.value.isNull }))
  }
}
