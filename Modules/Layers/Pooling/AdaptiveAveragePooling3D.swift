public import TensorCore

/// The means of as many windows as asked for: `[batch, depth, height, width, channels]` to `[batch, outputSize..., channels]`.
/// Keras: `AdaptiveAveragePooling3D`.
public struct AdaptiveAveragePooling3D: AdaptivePoolingLayer {
  public static let kind = "AdaptiveAveragePooling3D"
  public static let template = AdaptiveAveragePooling3D(1)
  public static let requiredKeys = ["output_size"]
  static let isMaximum = false

  public var outputSize: Sizes<3>
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ outputSize: Sizes<3>) { self.outputSize = outputSize }

  var outputNumbers: [Int] { outputSize.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildAdaptivePooling(inputs: inputs)
  }
}
