internal import TensorCore

/// How often labels of one class were taken for another: `classCount²` numbers that add up over batches, by label and then
/// by prediction.
struct ClassConfusion: Sendable {
  let classCount: Int
  /// A label that does not count. Nor do labels and predictions that are none of the classes, as in Keras.
  let ignoreClass: Int?

  var stateCount: Int { classCount * classCount }

  /// What a batch adds.
  ///
  /// - Parameters:
  ///   - labels: class numbers.
  ///   - decisions: as many class numbers.
  ///   - weights: that broadcast over the decisions' leading axes.
  ///   - wholeWeights: whether weights are cut to whole numbers.
  func statistics(_ labels: Tensor, _ decisions: Tensor, weights: Tensor?, wholeWeights: Bool) -> [Double] {
    let (expected, found) = (labels.cast(to: .int64).scalars(of: Int64.self), decisions.cast(to: .int64))
    let factors = weights.map { weights in
      LossReduction.aligned(weights.cast(to: .float64), with: decisions).broadcast(to: decisions.shape)
        .scalars(of: Double.self)
    }
    var state = [Double](repeating: 0, count: stateCount)
    for (index, decision) in zip(expected.indices, found.scalars(of: Int64.self).map(Int.init)) {
      let label = Int(expected[index])
      guard label != ignoreClass, (0..<classCount).contains(label), (0..<classCount).contains(decision) else {
        continue
      }
      let factor = factors?[index] ?? 1
      state[label * classCount + decision] += wholeWeights ? factor.rounded(.towardZero) : factor
    }
    return state
  }

  /// The mean over classes of hits / (hits + wrong + missed); classes that do not occur do not count.
  func intersectionOverUnion(_ state: [Double], of classes: some Sequence<Int>) -> Double {
    var (sum, count) = (0.0, 0)
    for index in classes where (0..<classCount).contains(index) {
      let row = (0..<classCount).reduce(0.0) { $0 + state[index * classCount + $1] }
      let column = (0..<classCount).reduce(0.0) { $0 + state[$1 * classCount + index] }
      let hits = state[index * classCount + index]
      let union = row + column - hits
      guard union > 1e-9 else { continue }
      sum += hits / (union + 1e-7)
      count += 1
    }
    return count == 0 ? 0 : sum / (Double(count) + 1e-7)
  }
}

/// What the metrics that compare regions have in common.
protocol RegionMetric: Metric {
  var numClasses: Int { get }
  var ignoreClass: Int? { get }
  /// Keras's element type of the counts; integers, its default, cut the samples' weights to whole numbers.
  var dtype: String? { get }
  /// The classes whose mean is taken; nil: all.
  var classes: [Int]? { get }
  /// Class numbers of targets and predictions.
  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor)
}

extension RegionMetric {
  private var confusion: ClassConfusion { ClassConfusion(classCount: max(1, numClasses), ignoreClass: ignoreClass) }

  public var stateCount: Int { confusion.stateCount }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    guard numClasses > 0 else {
      throw CoreError(.invalidConfig, "\(Self.names[0]): found num_classes \(numClasses), expected a number above 0")
    }
    for number in classes ?? [] where !(0..<numClasses).contains(number) {
      throw CoreError(
        .invalidConfig, "\(Self.names[0]): found class \(number), expected one from 0 to \(numClasses - 1)")
    }
  }

  public func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let (labels, found) = decisions(targets, predictions)
    guard labels.elementCount == found.elementCount else {
      CoreError(.shapeMismatch, "\(Self.names[0]): found \(labels.shape) labels for \(found.shape) decisions").trap()
    }
    let isWhole = dtype?.hasPrefix("float") != true
    return confusion.statistics(labels, found, weights: weights, wholeWeights: isWhole)
  }

  public func result(_ state: [Double]) -> Double {
    confusion.intersectionOverUnion(state, of: classes ?? Array(0..<numClasses))
  }

  func classNumbers(_ tensor: Tensor, isSparse: Bool, axis: Int) -> Tensor {
    isSparse ? tensor : tensor.argMax(axis: axis)
  }
}
