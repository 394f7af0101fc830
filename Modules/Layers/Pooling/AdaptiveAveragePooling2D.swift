public import TensorCore

/// The means of as many windows as asked for: `[batch, height, width, channels] -> [batch, outputHeight, outputWidth, channels]`.
/// Keras: `AdaptiveAveragePooling2D`.
public struct AdaptiveAveragePooling2D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveAveragePooling2D"
  public static let template = AdaptiveAveragePooling2D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = false

  public var outputSize: Sizes<2>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<2>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
