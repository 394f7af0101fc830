public import TensorCore

/// Masks the steps whose features all have one value, and makes them zero: `[batch, time, ...]` to the same. Keras:
/// `Masking`.
public struct Masking: Layer {
  public static let kind = "Masking"
  public static let template = Masking()

  public var maskValue: Double

  public init(_ maskValue: Double = 0) { self.maskValue = maskValue }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let value = maskValue
    return Forward { x, context in
      let isStep = x.notEqual(value).any(axes: [-1], keepDims: true)
      context.masks = [isStep.squeezed(axis: -1)]
      return x * isStep.cast(to: x.dtype)
    }
  }
}
