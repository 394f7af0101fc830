internal import TensorCore

/// `IoU` of one-hot targets, with predictions that are scores unless said otherwise. Keras: `OneHotIoU`.
public struct OneHotIoU: RegionMetric {
  public static let kind = "OneHotIoU"
  public static let names = ["one_hot_io_u"]
  public static let template = OneHotIoU(numClasses: 1, targetClassIds: [0])

  public var numClasses: Int
  /// The classes whose mean is taken.
  public var targetClassIds: [Int]
  /// A label that does not count.
  public var ignoreClass: Int?
  /// Whether predictions are class numbers.
  public var sparseYPred: Bool
  /// Along which classes lie.
  public var axis: Int
  /// Of the counts; integers, as nil stands for, cut the samples' weights to whole numbers.
  public var dtype: String?

  public init(
    numClasses: Int, targetClassIds: [Int], ignoreClass: Int? = nil, sparseYPred: Bool = false, axis: Int = -1,
    dtype: String? = nil
  ) {
    (self.numClasses, self.targetClassIds, self.ignoreClass) = (numClasses, targetClassIds, ignoreClass)
    (self.sparseYPred, self.axis, self.dtype) = (sparseYPred, axis, dtype)
  }

  var classes: [Int]? { targetClassIds }

  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor) {
    (targets.argMax(axis: axis), classNumbers(predictions, isSparse: sparseYPred, axis: axis))
  }
}
