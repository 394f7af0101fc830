public import TensorCore

/// The largest values of as many windows as asked for: `[batch, height, width, channels] -> [batch, outputHeight, outputWidth, channels]`.
/// Keras: `AdaptiveMaxPooling2D`.
public struct AdaptiveMaxPooling2D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveMaxPooling2D"
  public static let template = AdaptiveMaxPooling2D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = true

  public var outputSize: Sizes<2>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<2>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
