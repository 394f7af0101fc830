public import TensorCore

/// The mean over classes of hits / (hits + wrong + missed). Labels and predictions are class numbers, or, where `sparse…` is
/// false, one-hot or scores along an axis. Keras: `MeanIoU`.
public struct MeanIoU: Metric {
  public static let kind = "MeanIoU"
  public static let names = ["mean_io_u"]
  public static let template = MeanIoU(numClasses: 1)

  public var numClasses: Int
  /// A label that does not count.
  public var ignoreClass: Int?
  /// Whether targets are class numbers.
  public var sparseYTrue: Bool
  /// Whether predictions are class numbers.
  public var sparseYPred: Bool
  /// Along which classes lie otherwise.
  public var axis: Int

  public init(
    numClasses: Int, ignoreClass: Int? = nil, sparseYTrue: Bool = true, sparseYPred: Bool = true, axis: Int = -1
  ) {
    (self.numClasses, self.ignoreClass, self.axis) = (numClasses, ignoreClass, axis)
    (self.sparseYTrue, self.sparseYPred) = (sparseYTrue, sparseYPred)
  }

  public var stateCount: Int { numClasses * numClasses }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard numClasses > 0 else {
      throw CoreError(.invalidConfig, "mean_io_u: found num_classes \(numClasses), expected a number above 0")
    }
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let labels = (sparseYTrue ? targets : targets.argMax(axis: axis)).cast(to: .int64).scalars(of: Int64.self)
    let decisions = (sparseYPred ? predictions : predictions.argMax(axis: axis)).cast(to: .int64)
    let found = decisions.scalars(of: Int64.self)
    let factors = weights.map { weights in
      LossReduction.aligned(weights.cast(to: .float64), with: decisions).broadcast(to: decisions.shape)
        .scalars(of: Double.self)
    }
    var state = [Double](repeating: 0, count: stateCount)
    for index in 0..<min(labels.count, found.count) {
      let (label, decision) = (Int(labels[index]), Int(found[index]))
      guard label != ignoreClass, (0..<numClasses).contains(label), (0..<numClasses).contains(decision) else {
        continue
      }
      state[label * numClasses + decision] += factors?[index] ?? 1
    }
    return state
  }

  public func result(_ state: [Double]) -> Double {
    var (sum, count) = (0.0, 0)
    for index in 0..<numClasses {
      let row = (0..<numClasses).reduce(0.0) { $0 + state[index * numClasses + $1] }
      let column = (0..<numClasses).reduce(0.0) { $0 + state[$1 * numClasses + index] }
      let hits = state[index * numClasses + index]
      let union = row + column - hits
      if union > 0 {
        sum += hits / union
        count += 1
      }
    }
    return count == 0 ? 0 : sum / Double(count)
  }
}
