public import TensorCore

/// An activation function as a layer of its own, of any shape. Keras: `Activation`.
public struct ActivationLayer: Layer {
  public static let kind = "Activation"
  public static let template = ActivationLayer(.linear)
  public static let requiredKeys = ["activation"]

  public var activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let activation = try scope.activation(activation)
    return Forward { x, context in activation(x, &context) }
  }
}
