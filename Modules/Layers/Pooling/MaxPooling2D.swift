public import TensorCore

/// The largest value of each window: `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`.
/// Keras: `MaxPooling2D`.
public struct MaxPooling2D: Layer {
  public static let kind = "MaxPooling2D"
  public static let template = MaxPooling2D()

  public var poolSize: Pair = 2
  /// nil: the pool size.
  public var strides: Pair?
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast

  public init(poolSize: Pair = 2, strides: Pair? = nil, padding: Padding = .valid) {
    (self.poolSize, self.strides, self.padding) = (poolSize, strides, padding)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 4...4)
    let strides = strides ?? poolSize
    try expectWindow(poolSize, "pool_size")
    try expectWindow(strides, "strides")
    let (window, steps, padding, format) = (poolSize.array, strides.array, padding.rule, dataFormat ?? .channelsLast)
    return Forward { x, _ in
      format.fromChannelsLast(format.toChannelsLast(x).maxPool(window: window, strides: steps, padding: padding))
    }
  }
}
