public import TensorCore

/// The largest values of as many windows as asked for: `[batch, steps, channels] -> [batch, outputSize, channels]`.
/// Keras: `AdaptiveMaxPooling1D`.
public struct AdaptiveMaxPooling1D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveMaxPooling1D"
  public static let template = AdaptiveMaxPooling1D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = true

  public var outputSize: Sizes<1>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<1>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
