public import TensorCore

/// Inputs one behind the other along an axis (the batch is axis 0). Keras: `Concatenate`.
public struct Concatenate: Layer {
  public static let kind = "Concatenate"
  public static let template = Concatenate()

  public var axis = -1

  public init(axis: Int = -1) { self.axis = axis }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard let first = inputs.first else {
      throw CoreError(.shapeMismatch, "Concatenate: found no inputs, expected 1 or more")
    }
    guard let axis = first.shape.normalized(axis: axis), axis > 0 else {
      throw CoreError(
        .invalidConfig,
        "Concatenate: found axis \(axis), expected one of \(Shape.batchDescription(first.shape)) "
          + "behind the batch")
    }
    for input in inputs.dropFirst() {
      var (a, b) = (first.shape.array, input.shape.array)
      if b.count == a.count { (a[axis], b[axis]) = (0, 0) }
      guard a == b else {
        let all = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
        throw CoreError(.shapeMismatch, "Concatenate: found inputs \(all), expected equal shapes but for axis \(axis)")
      }
    }
    let meaning = scope.kerasMajorVersion
    return Forward(many: { inputs, context in
      context.masks = [context.concatenatedMask(of: inputs, axis: axis, kerasMajorVersion: meaning)]
      return [Tensor.concatenate(Tensor.ofOneType(inputs), axis: axis)]
    })
  }
}

extension Tensor {
  /// Integers beside floats become floats, as in Keras.
  fileprivate static func ofOneType(_ tensors: [Tensor]) -> [Tensor] {
    guard let first = tensors.first, !tensors.allSatisfy({ $0.dtype == first.dtype }) else { return tensors }
    let dtype = tensors.first { $0.dtype.isFloating }?.dtype ?? .int64
    return tensors.map { $0.cast(to: dtype) }
  }
}
