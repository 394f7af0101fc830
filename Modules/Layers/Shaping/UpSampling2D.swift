public import TensorCore

/// A larger image: `[batch, height, width, channels] -> [batch, size * height, size * width, channels]`. Keras:
/// `UpSampling2D`.
public struct UpSampling2D: Layer {
  public static let kind = "UpSampling2D"
  public static let template = UpSampling2D()

  public var size: Pair
  public var dataFormat: DataFormat? = .channelsLast
  /// Repeats pixels, or computes those between.
  public var interpolation: Interpolation

  public init(size: Pair = 2, interpolation: Interpolation = .nearest) {
    (self.size, self.interpolation) = (size, interpolation)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 4...4)
    try expectWindow(size, "size")
    let axis = dataFormat == .channelsFirst ? 2 : 1
    let (size, interpolation) = (size, interpolation)
    guard interpolation != .nearest else {
      return Forward { x, _ in x.eachRepeated(size.height, axis: axis).eachRepeated(size.width, axis: axis + 1) }
    }
    return Forward { x, _ in
      x.resampled(interpolation, axis: axis, to: x.shape[axis] * size.height)
        .resampled(interpolation, axis: axis + 1, to: x.shape[axis + 1] * size.width)
    }
  }
}
