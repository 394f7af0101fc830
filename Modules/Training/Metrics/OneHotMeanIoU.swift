internal import TensorCore

/// `MeanIoU` of one-hot targets, with predictions that are scores unless said otherwise. Keras: `OneHotMeanIoU`.
public struct OneHotMeanIoU: RegionMetric {
  public static let kind = "OneHotMeanIoU"
  public static let names = ["one_hot_mean_io_u"]
  public static let template = OneHotMeanIoU(numClasses: 1)

  public var numClasses: Int
  /// A label that does not count.
  public var ignoreClass: Int?
  /// Whether predictions are class numbers.
  public var sparseYPred: Bool
  /// Along which classes lie.
  public var axis: Int
  /// Of the counts; integers, as nil stands for, cut the samples' weights to whole numbers.
  public var dtype: String?

  public init(
    numClasses: Int, ignoreClass: Int? = nil, sparseYPred: Bool = false, axis: Int = -1, dtype: String? = nil
  ) {
    (self.numClasses, self.ignoreClass) = (numClasses, ignoreClass)
    (self.sparseYPred, self.axis, self.dtype) = (sparseYPred, axis, dtype)
  }

  var classes: [Int]? { nil }

  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor) {
    (targets.argMax(axis: axis), classNumbers(predictions, isSparse: sparseYPred, axis: axis))
  }
}
