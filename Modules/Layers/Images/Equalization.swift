public import TensorCore

/// In training, spreads the values of each channel so that all are equally frequent among the images of a batch. Keras:
/// `Equalization`.
public struct Equalization: ImageAugmentation {
  public static let kind = "Equalization"
  public static let template = Equalization()

  public var valueRange: ValueRange
  /// How many values are told apart.
  public var bins: Int
  public var dataFormat: DataFormat? = .channelsLast

  public var seed: Int? { nil }

  private enum CodingKeys: CodingKey { case valueRange, bins, dataFormat }

  public init(valueRange: ValueRange = .bytes, bins: Int = 256) { (self.valueRange, self.bins) = (valueRange, bins) }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    try expect((1...(1 << 24)).contains(bins), "bins", bins, "a number from 1 to \(1 << 24)")
    let (valueRange, bins) = (valueRange, bins)
    return { images, _ in
      let scale = 255 / valueRange.width
      let values = images * scale + (0 - valueRange.low * scale)
      let back = valueRange.width / 255
      return Self.equalized(values, bins: bins) * back + valueRange.low
    }
  }

  /// Values from 0 to 255.
  private static func equalized(_ values: Tensor, bins: Int) -> Tensor {
    let channels = values.shape[3]
    // The bins of one channel follow those of the other.
    let first = Tensor.range(0..<channels) * Double(bins)
    let last = Double(bins - 1)
    let counted = (values * last / 255).clamped(0, last).cast(to: .int64) + first
    let counts = Tensor.apply(
      ScatterAdd(axis: 0, size: channels * bins), counted.reshaped([counted.elementCount]),
      Tensor.ones([counted.elementCount])
    ).reshaped([channels, bins])
    let sums = counts.cumulativeSum(axis: 1)
    let total = sums.sliced(axis: 1, (bins - 1)..<bins)
    let least = Tensor.select(sums.greater(0), sums, total).min(axes: [1], keepDims: true)
    let table = ((sums - least) * 255 / (total - least).maximum(1)).rounded().clamped(0, 255).cast(to: values.dtype)
    let places = (values / 255 * last).clamped(0, last).cast(to: .int64) + first
    let equalized = table.reshaped([channels * bins]).gathered(places)
    let used = counts.greater(0).cast(to: .float32).sum(axes: [1])
    return Tensor.select(used.lessOrEqual(1).reshaped([1, 1, 1, channels]), values, equalized)
  }
}
