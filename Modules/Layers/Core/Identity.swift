public import TensorCore

/// What comes in goes out. Of any shape. Keras: `Identity`.
public struct Identity: Layer {
  public static let kind = "Identity"
  public static let template = Identity()

  public init() {}

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    // In Keras 2 masks stop here.
    let passesMasks = scope.kerasMajorVersion >= 3
    return Forward(many: { inputs, context in
      if !passesMasks { context.masks = inputs.map { _ in nil } }
      return inputs
    })
  }
}
