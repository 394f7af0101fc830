internal import TensorCore

// How images come to another height and width without being distorted, as Keras calculates it: in float32.
extension Tensor {
  /// `[batch, height, width, channels] -> [batch, size.height, size.width, channels]`
  func resized(to size: Pair, _ interpolation: Interpolation, antialias: Bool = false) -> Tensor {
    resampled(interpolation, axis: 1, to: size.height, antialias: antialias)
      .resampled(interpolation, axis: 2, to: size.width, antialias: antialias)
  }

  /// The largest part, in the middle, whose sides are in the proportion of `size`.
  func cropped(toProportionOf size: Pair) -> Tensor {
    let crop = proportional(size)
    let (height, width) = (
      Swift.max(1, Swift.min(shape[1], crop.height)), Swift.max(1, Swift.min(shape[2], crop.width))
    )
    return window(top: (shape[1] - height) / 2, left: (shape[2] - width) / 2, Pair(height, width))
  }

  /// With a margin, so that the sides are in the proportion of `size`.
  func padded(toProportionOf size: Pair, value: Double) -> Tensor {
    let whole = proportional(size)
    let (y, x) = (Swift.max(0, whole.height - shape[1]) / 2, Swift.max(0, whole.width - shape[2]) / 2)
    return padded(before: [0, y, x, 0], after: [0, y, x, 0], value: value)
  }

  /// The height that suits the width, and the width that suits the height.
  private func proportional(_ size: Pair) -> Pair {
    let height = Float(shape[2] * size.height) / Float(size.width)
    let width = Float(shape[1] * size.width) / Float(size.height)
    return Pair(Int(height), Int(width))
  }

  /// A part of every image.
  func window(top: Int, left: Int, _ size: Pair) -> Tensor {
    sliced(axis: 1, top..<(top + size.height)).sliced(axis: 2, left..<(left + size.width))
  }
}
