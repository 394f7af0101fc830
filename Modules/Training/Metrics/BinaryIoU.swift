internal import TensorCore

/// `IoU` of two classes told apart by a threshold: predictions of it or more are class 1. Targets are 0 or 1, of the
/// predictions' shape. Keras: `BinaryIoU`.
public struct BinaryIoU: RegionMetric {
  public static let kind = "BinaryIoU"
  public static let names = ["binary_io_u"]
  public static let template = BinaryIoU()

  /// The classes whose mean is taken.
  public var targetClassIds: [Int]
  public var threshold: Double
  /// Of the counts; integers, as nil stands for, cut the samples' weights to whole numbers.
  public var dtype: String?

  public init(targetClassIds: [Int] = [0, 1], threshold: Double = 0.5, dtype: String? = nil) {
    (self.targetClassIds, self.threshold, self.dtype) = (targetClassIds, threshold, dtype)
  }

  var numClasses: Int { 2 }
  var ignoreClass: Int? { nil }
  var classes: [Int]? { targetClassIds }

  func decisions(_ targets: Tensor, _ predictions: Tensor) -> (labels: Tensor, found: Tensor) {
    (targets, predictions.greaterOrEqual(threshold))
  }
}
