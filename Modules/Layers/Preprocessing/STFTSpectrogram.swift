public import TensorCore

/// The short-time Fourier transform of a signal, as one convolution with cosines and one with sines, which can be trained:
/// `[batch, time, channels] -> [batch, frames, channels * bins]`, or `[batch, frames, bins, channels]` where axes are
/// expanded; with channels first `[batch, channels, time] -> [batch, channels * bins, frames]` or `[batch, channels, frames,
/// bins]`. There are `fftLength / 2 + 1` bins, in mode `.stft` twice as many. Keras: `STFTSpectrogram`.
public struct STFTSpectrogram: Layer {
  public static let kind = "STFTSpectrogram"
  public static let template = STFTSpectrogram()

  /// What is made of the real and the imaginary part.
  public enum Mode: String, Codable, Sendable {
    case log, magnitude, psd, real, imag, angle, stft
  }

  public var mode = Mode.log
  /// The samples of a frame.
  public var frameLength = 256
  /// The samples from frame to frame; nil: half a frame.
  public var frameStep: Int?
  /// nil: the power of two that holds a frame.
  public var fftLength: Int?
  /// What the samples of a frame are weighed by; nil: nothing.
  public var window: SignalWindow? = .named("hann")
  public var periodic = false
  /// The window's sum of squares ("density") or of amounts ("spectrum") becomes 1; nil: it stays.
  public var scaling: String? = "density"
  public var padding = Padding.valid
  public var expandDims = false
  public var dataFormat: DataFormat? = .channelsLast

  public init(
    mode: Mode = .log, frameLength: Int = 256, frameStep: Int? = nil, fftLength: Int? = nil, padding: Padding = .valid,
    expandDims: Bool = false
  ) {
    (self.mode, self.frameLength, self.frameStep, self.fftLength) = (mode, frameLength, frameStep, fftLength)
    (self.padding, self.expandDims) = (padding, expandDims)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 3...3)
    try expectNotCausal(padding)
    try expect((1...1 << 30).contains(frameLength), "frame_length", frameLength, "a number above 0, to \(1 << 30)")
    let step = frameStep ?? frameLength / 2
    try expect(step > 0 && step <= frameLength, "frame_step", step, "a number from 1 to \(frameLength)")
    let length = fftLength ?? Self.powerOfTwo(over: frameLength)
    try expect(length >= frameLength, "fft_length", length, "\(frameLength) or more")
    let bins = length / 2 + 1
    let real = mode == .imag ? nil : scope.weight("real_kernel", [frameLength, 1, bins], initializer("real"))
    let imaginary = mode == .real ? nil : scope.weight("imag_kernel", [frameLength, 1, bins], initializer("imag"))
    let (mode, rule, format, expands) = (mode, padding.rule, dataFormat ?? .channelsLast, expandDims)
    return Forward { x, context in
      let signals = format == .channelsLast ? x.transposed([0, 2, 1]) : x
      let (batch, channels) = (signals.shape[0], signals.shape[1])
      let rows = signals.reshaped([batch * channels, signals.shape[2], 1])
      let parts = [real, imaginary].compactMap { kernel in
        kernel.map { rows.conv(context[$0].cast(to: x.dtype), strides: [step], padding: rule) }
      }
      let y = Self.combined(parts, mode)
      let frames = y.reshaped([batch, channels, y.shape[1], y.shape[2]])
      switch (format, expands) {
      case (.channelsLast, true): return frames.transposed([0, 2, 3, 1])
      case (.channelsLast, false):
        return frames.transposed([0, 2, 1, 3]).reshaped([batch, y.shape[1], channels * y.shape[2]])
      case (.channelsFirst, true): return frames
      case (.channelsFirst, false):
        return frames.transposed([0, 1, 3, 2]).reshaped([batch, channels * y.shape[2], y.shape[1]])
      }
    }
  }

  private func initializer(_ side: String) -> Initializer {
    .stft(side: side, window: window, scaling: scaling, periodic: periodic)
  }

  private static func powerOfTwo(over count: Int) -> Int {
    var power = 1
    while power < count { power *= 2 }
    return power
  }

  /// What a mode makes of the real part, the imaginary one or both, `[signals, frames, bins]`.
  private static func combined(_ parts: [Tensor], _ mode: Mode) -> Tensor {
    let epsilon = 1e-7
    guard parts.count == 2 else { return parts[0] }
    switch mode {
    case .stft: return Tensor.concatenate(parts, axis: 2)
    case .angle: return parts[1].atan2(parts[0])
    default: break
    }
    let power = parts[0].square() + parts[1].square()
    if mode == .psd {
      // All bins but the first and the last stand for two frequencies.
      let bins = power.shape[2]
      let counts = (0..<bins).map { $0 == 0 || $0 == bins - 1 ? 1.0 : 2.0 }
      return power * Tensor(counts, [bins]).cast(to: power.dtype)
    }
    let magnitude = power.maximum(epsilon).sqrt()
    return mode == .magnitude ? magnitude : magnitude.maximum(epsilon).log()
  }
}
