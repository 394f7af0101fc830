internal import Glibc
internal import TensorCore

// The kernel with which a convolution is a short-time Fourier transform. Keras: `STFT`.
extension Initializer {
  /// Cosines, or negative sines, of the frequencies 0 … half a turn under a window: `[time, 1, frequencies]`.
  static func shortTimeFourier(_ config: JSONObject, _ spec: TensorSpec) throws(CoreError) -> Tensor {
    guard spec.rank == 3 else {
      throw CoreError(.shapeMismatch, "STFT initializer: found shape \(spec.shape), expected [time, 1, frequencies]")
    }
    let (length, channels, frequencies) = (spec.shape[0], spec.shape[1], spec.shape[2])
    let side = config["side"]?.stringValue ?? "real"
    guard side == "real" || side == "imag" else {
      throw CoreError(.invalidConfig, "STFT initializer: found side \"\(side)\", expected real or imag")
    }
    let window = try window(config, length)
    let scale = try scale(config["scaling"] ?? "density", window)
    var values: [Double] = []
    values.reserveCapacity(spec.elementCount)
    for time in 0..<length {
      for _ in 0..<channels {
        for frequency in 0..<frequencies {
          let angle = -2 * Double.pi * Double(time) * Double(frequency) / Double((frequencies - 1) * 2)
          values.append((side == "real" ? cos(angle) : sin(angle)) * (window?[time] ?? 1) / scale)
        }
      }
    }
    return Tensor(values, spec.shape).cast(to: spec.dtype)
  }

  /// By what a windowed kernel is divided.
  private static func scale(_ scaling: JSON, _ window: [Double]?) throws(CoreError) -> Double {
    switch scaling {
    case .null: return 1
    case "density": return window?.reduce(0) { $0 + $1 * $1 }.squareRoot() ?? 1
    case "spectrum": return window?.reduce(0) { $0 + abs($1) } ?? 1
    default:
      throw CoreError(
        .invalidConfig, "STFT initializer: found scaling \(scaling), expected density, spectrum or null")
    }
  }

  /// The config's own, one that SciPy knows by this name, or none.
  private static func window(_ config: JSONObject, _ length: Int) throws(CoreError) -> [Double]? {
    let described = config["window"] ?? "hann"
    if described.isNull { return nil }
    if let values = described.arrayValue?.compactMap(\.doubleValue) {
      guard values.count == length else {
        throw CoreError(
          .invalidConfig, "STFT initializer: found a window of \(values.count) values, expected \(length)")
      }
      return values
    }
    guard let name = described.stringValue, let coefficients = cosineWindows[name] else {
      throw CoreError(
        .invalidConfig,
        "STFT initializer: found window \(described), expected numbers or one of "
          + cosineWindows.keys.sorted().joined(separator: ", "))
    }
    guard length > 1 else { return Array(repeating: 1, count: length) }
    let turn = Double(config["periodic"]?.boolValue == true ? length : length - 1)
    return (0..<length).map { index in
      let angle = 2 * Double.pi * Double(index) / turn - Double.pi
      return coefficients.enumerated().reduce(0) { $0 + $1.element * cos(Double($1.offset) * angle) }
    }
  }

  /// Coefficients of cosines, as SciPy has them.
  private static let cosineWindows: [String: [Double]] = [
    "boxcar": [1], "ones": [1], "rectangular": [1], "hann": [0.5, 0.5], "hamming": [0.54, 0.46],
    "blackman": [0.42, 0.5, 0.08], "nuttall": [0.3635819, 0.4891775, 0.1365995, 0.0106411],
    "blackmanharris": [0.35875, 0.48829, 0.14128, 0.01168],
    "flattop": [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
  ]
}
