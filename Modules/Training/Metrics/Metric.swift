public import TensorCore

/// A number that says how good predictions are, streamed over batches. A value whose stored properties are the Keras
/// config; what has been seen so far is a list of numbers that add up over batches.
public protocol Metric: Codable, Sendable {
  /// Keras's class name: `"BinaryAccuracy"`.
  static var kind: String { get }

  /// Keras's names of the function: the one that files are written with first, then its aliases.
  static var names: [String] { get }

  /// Supplies the values of the keys that a config lacks. Its properties are Keras's defaults.
  static var template: Self { get }

  /// How many numbers the state has.
  var stateCount: Int { get }

  /// Throws where targets and predictions of these specs cannot be compared. The first axes are the batch.
  func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError)

  /// The metric that knows what targets and predictions look like, where its state depends on that; itself otherwise.
  func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric

  /// What a batch adds to the state: `stateCount` numbers.
  ///
  /// - Parameters:
  ///   - targets: of the specs that `check` was asked about.
  ///   - predictions: the model's output.
  ///   - weights: of the samples, or of the values; nil where all count alike.
  func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double]

  /// The metric of a state; 0 before the first batch.
  func result(_ state: [Double]) -> Double

  /// The metric of a state where it is several numbers, one per class, output or threshold; logs number them:
  /// `f1_score_0`, `f1_score_1`.
  func results(_ state: [Double]) -> [Double]
}

extension Metric {
  public func results(_ state: [Double]) -> [Double] { [result(state)] }

  public func resolved(_ targets: TensorSpec, _ predictions: TensorSpec) -> any Metric { self }
}

/// A metric that is the weighted mean of one value per sample.
public protocol MeanMetric: Metric {
  /// `[batch, ...]` of a floating type, one value per sample.
  func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor

  /// Whether steps that a mask leaves out do not count.
  var heedsMasks: Bool { get }

  /// The weights of a batch's values, where targets have a say in them.
  func weights(_ weights: Tensor?, of targets: Tensor) -> Tensor?
}

extension MeanMetric {
  public var stateCount: Int { 2 }

  public var heedsMasks: Bool { true }

  public func weights(_ weights: Tensor?, of targets: Tensor) -> Tensor? { weights }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let sums = sums(targets, predictions, weights: weights)
    return [sums.value.double, sums.weight.double]
  }

  /// What a batch adds to the state, as tensors of one element: sums over samples of the means over their values, so that
  /// a batch of longer samples does not count more.
  func sums(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> (value: Tensor, weight: Tensor) {
    let values = values(targets, predictions)
    let count = values.rank == 0 ? 1 : values.shape[0]
    let share = Double(count) / Double(max(1, values.elementCount))
    let scaled = { (sum: Tensor) in share == 1 ? sum : sum * share }
    guard let weights = self.weights(weights, of: targets) else { return (scaled(values.sum()), Tensor(Double(count))) }
    let factor = LossReduction.aligned(weights.cast(to: values.dtype), with: values).broadcast(to: values.shape)
    return (scaled((values * factor).sum()), scaled(factor.sum()))
  }

  public func result(_ state: [Double]) -> Double { state[1] == 0 ? 0 : state[0] / state[1] }
}

extension Metric {
  /// Throws unless both have the same axes behind the batch.
  func expectSameShape(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    let (a, b) = (targets.shape.array.dropFirst(), predictions.shape.array.dropFirst())
    guard targets.rank == predictions.rank, a.elementsEqual(b) else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.names[0]): found targets of shape \(Targets.open(targets.shape)) for predictions "
          + "\(Targets.open(predictions.shape)), expected equal shapes")
    }
  }
}

extension Tensor {
  /// The one element, whatever its floating type.
  var double: Double {
    switch dtype {
    case .float64: scalar(of: Double.self)
    case .float32: Double(scalar(of: Float.self))
    default: cast(to: .float64).scalar(of: Double.self)
    }
  }
}
