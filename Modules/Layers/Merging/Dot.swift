public import TensorCore

/// The products of two inputs summed along an axis of each: `[batch, a..., n]` and `[batch, b..., n]` to
/// `[batch, a..., b...]`. Keras: `Dot`.
public struct Dot: Layer {
  public static let kind = "Dot"
  public static let template = Dot(axes: 1)
  public static let requiredKeys = ["axes"]

  /// One axis for both, or one for each.
  public var axes: KerasAxes
  /// Whether both have length 1 along the axis first, so that the result is the cosine of their angle.
  public var normalize = false

  public init(axes: KerasAxes, normalize: Bool = false) { (self.axes, self.normalize) = (axes, normalize) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard inputs.count == 2 else {
      throw CoreError(.shapeMismatch, "Dot: found \(inputs.count) inputs, expected 2")
    }
    let numbers = axes.values.count == 1 ? [axes.values[0], axes.values[0]] : axes.values
    guard numbers.count == 2, let a = inputs[0].shape.normalized(axis: numbers[0]),
      let b = inputs[1].shape.normalized(axis: numbers[1]), a > 0, b > 0
    else {
      let shapes = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: " and ")
      throw CoreError(
        .invalidConfig,
        "Dot: found axes \(axes.values) for inputs \(shapes), expected one behind the batch, or one per input")
    }
    guard inputs[0].shape[a] == inputs[1].shape[b] else {
      let shapes = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: " and ")
      throw CoreError(.shapeMismatch, "Dot: found inputs \(shapes), expected equal sizes along axes \(a) and \(b)")
    }
    let normalize = normalize
    return Forward(many: { inputs, _ in
      let x = normalize ? inputs.enumerated().map { $1.unitLength(axes: [$0 == 0 ? a : b]) } : inputs
      return [x[0].dotted(x[1], a, b)]
    })
  }
}

extension Tensor {
  /// Scaled so that the squares along the axes sum to 1; Keras's `normalize`, which keeps zeros.
  func unitLength(axes: [Int]) -> Tensor {
    self * square().sum(axes: axes, keepDims: true).maximum(1e-12).rsqrt()
  }

  /// The products of two tensors with the same batch, summed along an axis of each.
  fileprivate func dotted(_ other: Tensor, _ a: Int, _ b: Int) -> Tensor {
    let (free, otherFree) = ((1..<rank).filter { $0 != a }, (1..<other.rank).filter { $0 != b })
    let (sizes, otherSizes) = (free.map { shape[$0] }, otherFree.map { other.shape[$0] })
    let (batch, count) = (shape[0], shape[a])
    let left = transposed([0] + free + [a]).reshaped([batch, sizes.reduce(1, *), count])
    let right = other.transposed([0] + otherFree + [b]).reshaped([batch, otherSizes.reduce(1, *), count])
    let product = left.matmul(right, transposeOther: true)
    // Keras keeps an axis of 1 where both are vectors.
    let both = sizes + otherSizes
    return product.reshaped(Shape([batch] + (both.isEmpty ? [1] : both)))
  }
}
