public import TensorCore

/// In training, moves the values of every image away from the mean of each channel, or towards it. Keras:
/// `RandomContrast`.
public struct RandomContrast: ImageAugmentation {
  public static let kind = "RandomContrast"
  public static let template = RandomContrast(0)
  public static let requiredKeys = ["factor"]

  /// Distances from the mean are multiplied with a number between 1 − its lower end and 1 + its upper end. One number, in
  /// Keras 3, is the upper end.
  public var factor: FactorRange
  /// What values are cut off at.
  public var valueRange: ValueRange
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ factor: FactorRange, valueRange: ValueRange = .bytes, seed: Int? = nil) {
    (self.factor, self.valueRange, self.seed) = (factor, valueRange, seed)
  }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let factor = try factor.range(within: 0...1, "factor", of: self)
    let (low, high) = (1 - factor.lowerBound, 1 + factor.upperBound)
    try expect(low <= high, "factor", self.factor, "numbers from 0 on")
    let valueRange = valueRange
    return { images, key in
      let contrast = key.uniform([images.shape[0], 1, 1, 1], low...high).cast(to: images.dtype)
      let mean = images.mean(axes: [1, 2], keepDims: true)
      return ((images - mean) * contrast + mean).clamped(to: valueRange)
    }
  }
}

extension RandomContrast: DialectSpelling {
  /// Only Keras 2 stores one number: it means both ends.
  static func read(_ config: inout JSONObject) {
    if let factor = config["factor"]?.doubleValue { config["factor"] = [.number(factor), .number(factor)] }
  }

  /// Keras 3 stores two.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if let factor = config["factor"]?.doubleValue { config["factor"] = [.number(0), .number(factor)] }
  }
}
