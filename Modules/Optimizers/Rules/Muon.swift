public import TensorCore

/// Momentum made orthogonal by Newton and Schulz, for matrices; Adam for all other weights (Jordan et al. 2024; Liu et al.
/// 2025). Keras: `Muon`.
public struct Muon: CompilableOptimizer {
  public static let kind = "Muon"
  public static let template = Muon()

  public var learningRate: Double
  /// Adam's for the weights that are no matrices.
  public var adamBeta1: Double
  public var adamBeta2: Double
  /// The weight decay of the weights that Adam trains.
  public var adamWeightDecay: Double?
  /// Adam's.
  public var epsilon: Double
  /// Weights whose path one of these regular expressions is found in are trained by Adam.
  public var excludeLayers: [String]
  /// Whether weights with "embedding" in their path are trained by Adam.
  public var excludeEmbeddings: Bool
  /// The coefficients of the iteration.
  public var muonA: Double
  public var muonB: Double
  public var muonC: Double
  /// What the learning rate is multiplied with for Adam's weights.
  public var adamLrRatio: Double
  /// How much of the momentum stays.
  public var momentum: Double
  /// How often the iteration is done.
  public var nsSteps: Int
  public var nesterov: Bool
  /// The root mean square that steps are brought to, before the learning rate; nil: as the iteration leaves them.
  public var rmsRate: Double?
  public var settings: OptimizerSettings

  public init(
    learningRate: Double = 0.001, adamBeta1: Double = 0.9, adamBeta2: Double = 0.999, adamWeightDecay: Double? = 0.004,
    epsilon: Double = 1e-7, excludeLayers: [String] = [], excludeEmbeddings: Bool = true, muonA: Double = 3.4445,
    muonB: Double = -4.775, muonC: Double = 2.0315, adamLrRatio: Double = 1, momentum: Double = 0.95, nsSteps: Int = 5,
    nesterov: Bool = true, rmsRate: Double? = 0.2, settings: OptimizerSettings = OptimizerSettings(weightDecay: 0.004)
  ) {
    (self.learningRate, self.adamBeta1, self.adamBeta2) = (learningRate, adamBeta1, adamBeta2)
    (self.adamWeightDecay, self.epsilon, self.excludeLayers) = (adamWeightDecay, epsilon, excludeLayers)
    (self.excludeEmbeddings, self.muonA, self.muonB) = (excludeEmbeddings, muonA, muonB)
    (self.muonC, self.adamLrRatio, self.momentum) = (muonC, adamLrRatio, momentum)
    (self.nsSteps, self.nesterov, self.rmsRate) = (nsSteps, nesterov, rmsRate)
    self.settings = settings
  }

  public var slotNames: [String] { ["momentum", "velocity"] }

  /// Only Adam's weights have a velocity.
  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    [OptimizerSlot("momentum", for: key)] + (isForAdam(key) ? [OptimizerSlot("velocity", for: key)] : [])
  }

  /// Whether Adam trains a weight.
  public func isForAdam(_ key: WeightKey) -> Bool {
    key.spec.rank != 2 || (excludeEmbeddings && key.path.lowercased().contains("embedding"))
      || excludeLayers.contains { key.path.hasMatch(for: $0) }
  }

  public func weightDecay(for key: WeightKey) -> Double? {
    if settings.isExcluded(key) { return nil }
    return isForAdam(key) ? adamWeightDecay : settings.weightDecay
  }

  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) {
    let corrections = (1 - power(adamBeta2, step, dtype)).squareRoot() / (1 - power(adamBeta1, step, dtype))
    numbers.append(learningRate)
    numbers.append(learningRate * adamLrRatio * corrections)
  }

  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    guard slots.count == 1 else {
      let momentum = slots[0] + (gradient - slots[0]) * (1 - adamBeta1)
      let velocity = slots[1] + (gradient.square() - slots[1]) * (1 - adamBeta2)
      return [weight - momentum * numbers[1] / (velocity.sqrt() + epsilon), momentum, velocity]
    }
    let momentum = slots[0] + (gradient + slots[0] * (self.momentum - 1))
    let direction = nesterov ? gradient + momentum * self.momentum : momentum
    var step = numbers[0] * orthogonal(direction)
    if let rmsRate { step = step * (Double(max(weight.shape[0], weight.shape[1])).squareRoot() * rmsRate) }
    return [weight - step, momentum]
  }

  /// Nearly the orthogonal matrix next to this one, by a quintic iteration.
  private func orthogonal(_ matrix: Tensor) -> Tensor {
    let isTall = matrix.shape[0] > matrix.shape[1]
    var x = isTall ? matrix.transposed() : matrix
    x = x / (x.square().sum().sqrt() + 1e-7)
    for _ in 0..<nsSteps {
      let square = x.matmul(x, transposeOther: true)
      let polynomial = square * muonB + (square * muonC).matmul(square)
      x = x * muonA + polynomial.matmul(x)
    }
    return isTall ? x.transposed() : x
  }

  public func validate() throws(CoreError) {
    try requireFraction(adamBeta1, "adam_beta_1")
    try requireFraction(adamBeta2, "adam_beta_2")
    try requireNotNegative(epsilon, "epsilon")
    try requireNotNegative(adamWeightDecay ?? 0, "adam_weight_decay")
    try validatePatterns(excludeLayers, "exclude_layers")
    guard nsSteps >= 0 else {
      throw CoreError(.invalidConfig, "found ns_steps \(nsSteps), expected a number of 0 or more")
    }
  }
}
