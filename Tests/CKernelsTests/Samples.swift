import CKernels
import Glibc

/// Inputs and measures that the kernel tests share.
enum Samples {
  /// Every 16,381st bit pattern and the special values: all magnitudes, both signs, denormals, infinities, NaN.
  static let allFloats: [Float] = {
    var values: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 0.5, -0.5, 2, -2, 1.5, 2.5, -2.5, 3, -3, 6, 88.72284,
      88.7229, -87.3, -103.9, -104.1, 1e-8, -1e-8, 0.93, 0.92999995,
    ]
    values += stride(from: UInt64(0), to: 1 << 32, by: 16381).map { Float(bitPattern: UInt32($0)) }
    return values
  }()

  /// Dense cover of the range where activations bend.
  static let moderate: [Float] = stride(from: Float(-12), through: 12, by: 0.00731).map { $0 }

  /// The error of `value` in units in the last place of the true `expected`.
  static func ulps(_ value: Float, _ expected: Double) -> Double {
    let rounded = Float(expected)
    if value.isNaN || rounded.isNaN { return value.isNaN == rounded.isNaN ? 0 : .infinity }
    if value == rounded { return 0 }
    if value.isInfinite { return abs(expected) > Double(Float.greatestFiniteMagnitude) * 0.999999 ? 0 : .infinity }
    let unit = rounded.isInfinite ? Float.greatestFiniteMagnitude.ulp : rounded.ulp
    return abs(Double(value) - expected) / Double(unit)
  }

  /// Reproducible numbers in `range`.
  static func random(_ count: Int, seed: UInt64 = 1, in range: ClosedRange<Double> = -1...1) -> [Double] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return range.lowerBound + (range.upperBound - range.lowerBound) * Double(state >> 11) / Double(1 << 53)
    }
  }

  static func randomFloats(_ count: Int, seed: UInt64 = 1, in range: ClosedRange<Double> = -1...1) -> [Float] {
    random(count, seed: seed, in: range).map { Float($0) }
  }
}

/// Runs `body` with an output buffer of `count` elements and returns what it wrote.
func output<T>(_ count: Int, of zero: T, _ body: (UnsafeMutablePointer<T>) -> Void) -> [T] {
  var result = [T](repeating: zero, count: count)
  result.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { body(base) }
  }
  return result
}
