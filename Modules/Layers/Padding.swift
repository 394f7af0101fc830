internal import TensorCore

/// How a window meets the border, by Keras's names.
public enum Padding: String, Codable, Sendable {
  /// Only where the window fits.
  case valid
  /// Zeros around the input so that `ceil(input / stride)` windows fit; the odd one goes to the end.
  case same
  /// Zeros before the first step only, so that no output sees a later input. Conv1D alone.
  case causal

  /// The rule of an operation; `.causal` is written out by the layer that has it.
  var rule: ConvPadding { self == .same ? .same : .valid }
}

/// The order of axes in images, by Keras's names.
public enum DataFormat: String, Codable, Sendable {
  /// `[batch, height, width, channels]`
  case channelsLast = "channels_last"
  /// `[batch, channels, height, width]`
  case channelsFirst = "channels_first"

  /// `[batch, ...]` with the channels brought to the end.
  func toChannelsLast(_ x: Tensor) -> Tensor {
    self == .channelsLast ? x : x.transposed([0] + Array(2..<x.rank) + [1])
  }

  /// Undoes `toChannelsLast`.
  func fromChannelsLast(_ x: Tensor) -> Tensor {
    self == .channelsLast ? x : x.transposed([0, x.rank - 1] + Array(1..<(x.rank - 1)))
  }

  func toChannelsLast(_ spec: TensorSpec) -> TensorSpec {
    guard self == .channelsFirst else { return spec }
    let dimensions = spec.shape.array
    return TensorSpec(Shape([dimensions[0]] + dimensions[2...] + [dimensions[1]]), spec.dtype)
  }
}

extension Layer {
  /// Throws for the padding that only Conv1D has.
  func expectNotCausal(_ padding: Padding) throws(CoreError) {
    try expect(padding != .causal, "padding", padding.rawValue, "valid or same")
  }
}
