internal import TensorCore

/// The mean over classes of hits / (hits + wrong + missed). Labels and predictions are class numbers, or, where `sparse…` is
/// false, one-hot or scores along an axis. Those that are none of the classes do not count. Keras: `MeanIoU`.
public struct MeanIoU: RegionMetric {
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
  /// Of the counts; integers, as nil stands for, cut the samples' weights to whole numbers.
  public var dtype: String?

  public init(
    numClasses: Int, ignoreClass: Int? = nil, sparseYTrue: Bool = true, sparseYPred: Bool = true, axis: Int = -1,
    dtype: String? = nil
  ) {
    (self.numClasses, self.ignoreClass, self.axis, self.dtype) = (numClasses, ignoreClass, axis, dtype)
    (self.sparseYTrue, self.sparseYPred) = (sparseYTrue, sparseYPred)
  }

  var classes: [Int]? { nil }

  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor) {
    (
      classNumbers(targets, isSparse: sparseYTrue, axis: axis),
      classNumbers(predictions, isSparse: sparseYPred, axis: axis)
    )
  }
}
