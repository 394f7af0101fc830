package import TensorCore

/// From the pixels of an image to those of the one it is made from:
/// `(x, y) -> ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)` with `k = c0 x + c1 y + 1`, one map per image.
package struct ProjectiveMap {
  /// a0, a1, a2: `[batch, 1, 1]`, float32.
  package var a: [Tensor]
  /// b0, b1, b2.
  package var b: [Tensor]
  /// c0, c1; empty where the map is affine.
  package var c: [Tensor] = []

  package init(a: [Tensor], b: [Tensor], c: [Tensor] = []) { (self.a, self.b, self.c) = (a, b, c) }

  /// A turn about the middle of the image.
  ///
  /// - Parameters:
  ///   - angle: counter-clockwise, in radians, `[batch, 1, 1]`.
  ///   - height: of the images.
  ///   - width: of the images.
  init(angle: Tensor, height: Int, width: Int) {
    let (cosine, sine) = (angle.cos(), angle.sin())
    let (x, y) = (Double(width - 1) * 0.5, Double(height - 1) * 0.5)
    self.init(
      a: [cosine, -sine, x - x * cosine - y * -sine],
      b: [sine, cosine, y - x * sine - y * cosine])
  }

  /// A shift by so many pixels.
  init(right: Tensor, down: Tensor) {
    let (one, zero) = (Tensor.ones(like: right), Tensor.zeros(like: right))
    self.init(a: [one, zero, -right], b: [zero, one, -down])
  }

  /// Larger or smaller about the middle: a pixel shows what is `scale` times as far from there.
  init(scaleX: Tensor, scaleY: Tensor, height: Int, width: Int) {
    let zero = Tensor.zeros(like: scaleX)
    self.init(
      a: [scaleX, zero, (1 - scaleX) * (Double(width - 1) / 2)],
      b: [zero, scaleY, (1 - scaleY) * (Double(height - 1) / 2)])
  }

  init(shearX: Tensor, shearY: Tensor) {
    let (one, zero) = (Tensor.ones(like: shearX), Tensor.zeros(like: shearX))
    self.init(a: [one, shearX, zero], b: [shearY, one, zero])
  }

  /// What brings the corners of the images to where `shifts` puts them: a corner `(x, y)` to `(x (1 + u), y (1 + v))`.
  ///
  /// - Parameters:
  ///   - shifts: `[batch, 4, 2]`: u and v of the upper left corner, the upper right, the lower left, the lower right.
  ///   - height: of the images, 2 or more.
  ///   - width: of the images, 2 or more.
  package init(cornerShifts shifts: Tensor, height: Int, width: Int) {
    let batch = shifts.shape[0]
    let (right, bottom) = (Double(width - 1), Double(height - 1))
    let corner = { (corner: Int, axis: Int) in
      (shifts.sliced(axis: 1, corner..<(corner + 1)).sliced(axis: 2, axis..<(axis + 1)) + 1)
        * (axis == 0 ? right : bottom)
    }
    // The upper left corner stays, the two next to it move along their sides: most of the equations are solved.
    let (x1, y2, x3, y3) = (corner(1, 0), corner(2, 1), corner(3, 0), corner(3, 1))
    let c0 = (y3 / y2 - 1) / x3
    let c1 = (x3 / x1 - 1) / y3
    let zero = Tensor.zeros([batch, 1, 1])
    self.init(
      a: [(c0 + x1.reciprocal()) * right, zero, zero], b: [zero, (c1 + y2.reciprocal()) * bottom, zero], c: [c0, c1])
  }
}

extension Tensor {
  /// Images `[batch, height, width, channels]` seen through a map.
  package func transformed(by map: ProjectiveMap, _ sampling: SampleImages) -> Tensor {
    guard !dtype.isHalf else { return cast(to: .float32).transformed(by: map, sampling).cast(to: dtype) }
    let columns = Tensor.range(0..<shape[2]).cast(to: .float32).reshaped([1, 1, shape[2]])
    let rows = Tensor.range(0..<shape[1]).cast(to: .float32).reshaped([1, shape[1], 1])
    // In TensorFlow's order of additions, so that places round as there.
    let linear = { (factors: [Tensor]) in factors[0] * columns + factors[1] * rows }
    var (x, y) = (linear(map.a) + map.a[2], linear(map.b) + map.b[2])
    if !map.c.isEmpty {
      let k = linear(map.c) + 1
      (x, y) = (x / k, y / k)
    }
    return sampled(x: x.cast(to: dtype), y: y.cast(to: dtype), sampling)
  }
}

/// What the layers that move pixels about have in common.
protocol ImageTransformation: ImageAugmentation {
  var interpolation: Interpolation { get }
  var fillMode: ImageFillMode { get }
  var fillValue: Double { get }
}

extension ImageTransformation {
  /// How the layer reads images.
  func sampling() throws(CoreError) -> SampleImages {
    try expect(
      [.nearest, .bilinear].contains(interpolation), "interpolation", interpolation.rawValue, "nearest or bilinear")
    return SampleImages(isBilinear: interpolation == .bilinear, fillMode: fillMode, fillValue: fillValue)
  }
}
