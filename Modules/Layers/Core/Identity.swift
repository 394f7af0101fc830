public import TensorCore

/// What comes in goes out. Of any shape. Keras: `Identity`.
public struct Identity: Layer {
  public static let kind = "Identity"
  public static let template = Identity()

  public init() {}

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    Forward(many: { inputs, _ in inputs })
  }
}
