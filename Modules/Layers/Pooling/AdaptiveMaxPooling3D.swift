public import TensorCore

/// The largest values of as many windows as asked for: `[batch, depth, height, width, channels]` to `[batch, outputSize..., channels]`.
/// Keras: `AdaptiveMaxPooling3D`.
public struct AdaptiveMaxPooling3D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveMaxPooling3D"
  public static let template = AdaptiveMaxPooling3D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = true

  public var outputSize: Sizes<3>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<3>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
