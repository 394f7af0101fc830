internal import TensorCore

/// The mean over some classes of hits / (hits + wrong + missed). Labels and predictions are class numbers, or, where
/// `sparse…` is false, one-hot or scores along an axis. Keras: `IoU`.
public struct IoU: RegionMetric {
  public static let kind = "IoU"
  public static let names = ["io_u"]
  public static let template = IoU(numClasses: 1, targetClassIds: [0])

  public var numClasses: Int
  /// The classes whose mean is taken.
  public var targetClassIds: [Int]
  /// A label that does not count.
  public var ignoreClass: Int?
  /// Whether targets are class numbers.
  public var sparseYTrue: Bool
  /// Whether predictions are class numbers.
  public var sparseYPred: Bool
  /// Along which classes lie otherwise.
  public var axis: Int
  /// Of the counts; integers, as nil stands for, cut the samples' weights to whole numbers.
  public var dtype: String?

  public init(
    numClasses: Int, targetClassIds: [Int], ignoreClass: Int? = nil, sparseYTrue: Bool = true,
    sparseYPred: Bool = true, axis: Int = -1, dtype: String? = nil
  ) {
    (self.numClasses, self.targetClassIds, self.ignoreClass) = (numClasses, targetClassIds, ignoreClass)
    (self.sparseYTrue, self.sparseYPred, self.axis, self.dtype) = (sparseYTrue, sparseYPred, axis, dtype)
  }

  var classes: [Int]? { targetClassIds }

  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor) {
    (
      classNumbers(targets, isSparse: sparseYTrue, axis: axis),
      classNumbers(predictions, isSparse: sparseYPred, axis: axis)
    )
  }
}
