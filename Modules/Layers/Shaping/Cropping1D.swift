public import TensorCore

/// Cuts steps off both ends: `[batch, steps, channels] -> [batch, newSteps, channels]`.
/// Keras: `Cropping1D`.
public struct Cropping1D: CroppingLayer {
  public static let kind = "Cropping1D"
  public static let template = Cropping1D()

  public var cropping: Margins<1>

  public init(cropping: Margins<1> = 1) { self.cropping = cropping }

  var margins: [[Int]] { cropping.array }
  var dataFormat: DataFormat? { nil }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildCropping(inputs: inputs)
  }
}
