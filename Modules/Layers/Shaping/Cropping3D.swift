public import TensorCore

/// Cuts off the border of a volume: `[batch, depth, height, width, channels]` to the same with other sizes.
/// Keras: `Cropping3D`.
public struct Cropping3D: CroppingLayer {
  public static let kind = "Cropping3D"
  public static let template = Cropping3D()

  public var cropping: Margins<3>
  public var dataFormat: DataFormat? = .channelsLast

  public init(cropping: Margins<3> = 1) { self.cropping = cropping }

  var margins: [[Int]] { cropping.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildCropping(inputs: inputs)
  }
}
