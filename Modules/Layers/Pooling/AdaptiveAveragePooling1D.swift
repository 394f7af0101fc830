public import TensorCore

/// The means of as many windows as asked for: `[batch, steps, channels] -> [batch, outputSize, channels]`.
/// Keras: `AdaptiveAveragePooling1D`.
public struct AdaptiveAveragePooling1D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveAveragePooling1D"
  public static let template = AdaptiveAveragePooling1D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = false

  public var outputSize: Sizes<1>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<1>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
