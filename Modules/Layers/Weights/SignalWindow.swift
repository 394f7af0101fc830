internal import Glibc
internal import TensorCore

/// What the samples of a frame are weighed by: a function by its name in SciPy (`scipy.signal.windows`), or the numbers.
public enum SignalWindow: Hashable, Sendable, Codable {
  case named(String)
  case values([Double])

  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .named(name)
    } else {
      self = .values(try [Double](from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .named(let name): try name.encode(to: encoder)
    case .values(let values): try values.encode(to: encoder)
    }
  }

  /// In a config.
  var json: JSON {
    switch self {
    case .named(let name): .string(name)
    case .values(let values): .array(values.map { .number($0) })
    }
  }

  init?(_ json: JSON?) {
    if let name = json?.stringValue {
      self = .named(name)
    } else if let values = json?.arrayValue {
      self = .values(values.compactMap(\.doubleValue))
    } else {
      return nil
    }
  }

  /// One number per sample. A periodic window is one sample short of symmetry. Throws for a function that is not here,
  /// and for another count of numbers.
  func weights(_ count: Int, isPeriodic: Bool) throws(CoreError) -> [Double] {
    switch self {
    case .values(let values):
      guard values.count == count else {
        throw CoreError(.invalidConfig, "found \(values.count) numbers in \"window\", expected \(count)")
      }
      return values
    case .named(let name):
      guard let terms = Self.cosines[name] else {
        let names = Self.cosines.keys.sorted().joined(separator: ", ")
        throw CoreError(.invalidConfig, "found window \"\(name)\", expected one of \(names), or its numbers")
      }
      guard count > 1 else { return Array(repeating: 1, count: count) }
      let last = Double(isPeriodic ? count : count - 1)
      return (0..<count).map { sample in
        let angle = Double.pi * (2 * Double(sample) / last - 1)
        return terms.enumerated().reduce(0) { $0 + $1.element * cos(Double($1.offset) * angle) }
      }
    }
  }

  /// The factors of cos(0), cos(x), cos(2x) and so on.
  private static let cosines: [String: [Double]] = [
    "boxcar": [1], "ones": [1], "rectangular": [1], "hann": [0.5, 0.5], "hamming": [0.54, 0.46],
    "blackman": [0.42, 0.5, 0.08],
    "nuttall": [0.3635819, 0.4891775, 0.1365995, 0.0106411],
    "blackmanharris": [0.35875, 0.48829, 0.14128, 0.01168],
    "flattop": [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
  ]
}

extension Initializer {
  /// The cosines or sines of a short-time Fourier transform, `[samples, 1, bins]`. Keras: `STFT`.
  static func stft(side: String, window: SignalWindow?, scaling: String?, periodic: Bool) -> Initializer {
    Initializer(
      "STFT",
      config: [
        "side": .string(side), "window": window?.json ?? nil, "periodic": .bool(periodic),
        "scaling": scaling.map { .string($0) } ?? nil,
      ])
  }

  static func stft(_ config: JSONObject, _ spec: TensorSpec) throws(CoreError) -> Tensor {
    guard spec.rank == 3 else {
      throw CoreError(.shapeMismatch, "STFT initializer: found shape \(spec.shape), expected [samples, 1, bins]")
    }
    let side = config["side"]?.stringValue ?? "real"
    guard side == "real" || side == "imag" else {
      throw CoreError(.invalidConfig, "STFT initializer: found side \"\(side)\", expected real or imag")
    }
    let (samples, channels, bins) = (spec.shape[0], spec.shape[1], spec.shape[2])
    let weights = try stftWeights(config, samples)
    let length = Double(Swift.max(1, 2 * (bins - 1)))
    let function: (Double) -> Double = side == "imag" ? { sin($0) } : { cos($0) }
    let values = (0..<samples).flatMap { sample in
      let row = (0..<bins).map { bin in
        // Whole turns are taken off first.
        let turn = Double(sample * bin).truncatingRemainder(dividingBy: length)
        return weights[sample] * function(-2 * Double.pi * turn / length)
      }
      return (0..<channels).flatMap { _ in row }
    }
    return Tensor(values, spec.shape).cast(to: spec.dtype)
  }

  /// The window over its scale.
  private static func stftWeights(_ config: JSONObject, _ samples: Int) throws(CoreError) -> [Double] {
    guard let window = SignalWindow(config["window"] ?? "hann") else {
      return [Double](repeating: 1, count: samples)
    }
    let weights = try window.weights(samples, isPeriodic: config["periodic"]?.boolValue ?? false)
    let scale: Double
    switch config["scaling"] ?? "density" {
    case "density": scale = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    case "spectrum": scale = weights.reduce(0) { $0 + abs($1) }
    case .null: scale = 1
    case let other:
      throw CoreError(
        .invalidConfig, "STFT initializer: found scaling \(other), expected density, spectrum or null")
    }
    return weights.map { $0 / scale }
  }
}
