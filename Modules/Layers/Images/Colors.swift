internal import TensorCore

// Colors of images `[batch, height, width, 3]`, as TensorFlow converts them.
extension Tensor {
  /// How bright each pixel is: `[batch, height, width, 1]`.
  func grayscale() -> Tensor {
    guard shape[3] == 3 else { return self }
    return (self * Tensor([0.2989, 0.5870, 0.1140]).cast(to: dtype)).sum(axes: [3], keepDims: true)
  }

  /// Hue and saturation from 0 to 1, and the value: each `[batch, height, width, 1]`.
  func hsv() -> (hue: Tensor, saturation: Tensor, value: Tensor) {
    let colors = split(count: 3, axis: 3)
    let (red, green, blue) = (colors[0], colors[1], colors[2])
    let value = red.maximum(green).maximum(blue)
    let range = value - red.minimum(green).minimum(blue)
    let (zero, one) = (Tensor.zeros(like: value), Tensor.ones(like: value))
    let (hasHue, hasValue) = (range.greater(0), value.greater(0))
    let saturation = Tensor.select(hasValue, range / Tensor.select(hasValue, value, one), zero)
    let norm = (Tensor.select(hasHue, range, one) * 6).reciprocal()
    let betweenOthers = Tensor.select(
      green.equal(value), norm * (blue - red) + 2.0 / 6, norm * (red - green) + 4.0 / 6)
    let hue = Tensor.select(hasHue, Tensor.select(red.equal(value), norm * (green - blue), betweenOthers), zero)
    return (Tensor.select(hue.less(0), hue + 1, hue), saturation, value)
  }

  /// Undoes `hsv`.
  init(hue: Tensor, saturation: Tensor, value: Tensor) {
    let sector = hue * 6
    let weights = [
      ((sector - 3).abs() - 1).clamped(0, 1), (2 - (sector - 2).abs()).clamped(0, 1),
      (2 - (sector - 4).abs()).clamped(0, 1),
    ]
    let gray = 1 - saturation
    self = Tensor.concatenate(weights.map { (gray + saturation * $0) * value }, axis: 3)
  }
}
