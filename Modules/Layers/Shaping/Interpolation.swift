internal import Glibc
internal import TensorCore

/// How an image gets other sizes, by Keras's names. Pixels are squares whose values stand at their centers, as in
/// TensorFlow's and Pillow's resizing.
public enum Interpolation: String, Codable, Sendable {
  /// The pixel that the center of the new one lies in.
  case nearest
  /// Linear between the two next centers.
  case bilinear
  /// Cubic over the four next centers (Keys 1981, a = −0.5).
  case bicubic
  /// A windowed sinc over three centers to each side (Duchon 1979).
  case lanczos3
  /// The same over five.
  case lanczos5

  /// How far from its center a kernel reaches, in pixels.
  private var radius: Double {
    switch self {
    case .nearest: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos3: 3
    case .lanczos5: 5
    }
  }

  private func kernel(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest: return x <= 0.5 ? 1 : 0
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x >= 2 { return 0 }
      return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1
    case .lanczos3, .lanczos5:
      if x > radius { return 0 }
      guard x > 1e-3 else { return 1 }
      return radius * sin(.pi * x) * sin(.pi * x / radius) / (.pi * .pi * x * x)
    }
  }

  /// The pixels that the centers of new ones lie in, int64 `[to]`. As TensorFlow calculates it, in float32.
  static func nearest(from: Int, to: Int) -> Tensor {
    let scale = Float(from) / Float(max(1, to))
    return Tensor((0..<to).map { Int64(min(from - 1, Int(((Float($0) + 0.5) * scale).rounded(.down)))) })
  }

  /// The matrix `[to, from]`, float32, whose product with an axis of length `from` gives it the length `to`. Not for
  /// `nearest`.
  ///
  /// - Parameters:
  ///   - from: the length of the axis.
  ///   - to: the new length.
  ///   - antialias: widens the kernel where the axis becomes shorter, so that every pixel counts.
  func matrix(from: Int, to: Int, antialias: Bool = false) -> Tensor {
    var weights = [Float](repeating: 0, count: from * to)
    let scale = Double(from) / Double(max(1, to))
    let stretch = antialias ? max(scale, 1) : 1
    for row in 0..<to {
      var center = (Double(row) + 0.5) * scale - 0.5
      if self == .bicubic, !antialias {
        // TensorFlow looks the kernel up in a table of 1024 places between two pixels.
        let whole = center.rounded(.down)
        center = whole + ((center - whole) * 1024).rounded(.toNearestOrEven) / 1024
      }
      let reach = radius * stretch
      // What lies outside of the image does not count.
      let first = max(0, Int((center - reach).rounded(.up)))
      let last = min(from - 1, Int((center + reach).rounded(.down)))
      guard first <= last else { continue }
      let taps = (first...last).map { kernel((Double($0) - center) / stretch) }
      let sum = taps.reduce(0, +)
      for (index, tap) in taps.enumerated() { weights[row * from + first + index] = Float(tap / sum) }
    }
    return Tensor(weights).reshaped([to, from])
  }
}

extension Tensor {
  /// An axis brought to another length.
  func resampled(_ interpolation: Interpolation, axis: Int, to length: Int, antialias: Bool = false) -> Tensor {
    guard interpolation != .nearest else {
      return gathered(Interpolation.nearest(from: shape[axis], to: length), axis: axis)
    }
    let matrix = interpolation.matrix(from: shape[axis], to: length, antialias: antialias).cast(to: dtype)
    let (before, after) = (shape.array[..<axis].reduce(1, *), shape.array[(axis + 1)...].reduce(1, *))
    var sizes = shape.array
    sizes[axis] = length
    return matrix.matmul(reshaped([before, shape[axis], after])).reshaped(Shape(sizes))
  }
}
