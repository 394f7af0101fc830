public import TensorCore

/// A layer whose kernel is divided by an estimate of its largest singular value before every step of training. Miyato et al.
/// 2018. Keras: `SpectralNormalization`.
///
/// Inputs and outputs are those of the layer, which has a weight `kernel` or `embeddings`; as in Keras, the output is cast to
/// the input's element type.
public struct SpectralNormalization: Layer {
  public static let kind = "SpectralNormalization"
  public static let template = SpectralNormalization(Dense(units: 1))
  public static let requiredKeys = ["layer"]

  /// How often the estimate is refined at each step.
  public var powerIterations = 1
  public var layer: NestedLayer

  public init(_ layer: any Layer, powerIterations: Int = 1) {
    (self.layer, self.powerIterations) = (NestedLayer(layer), powerIterations)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expect(powerIterations > 0, "power_iterations", powerIterations, "a number above 0")
    _ = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let child = try scope.nested(layer, inputs: inputs)
    let names = ["kernel", "embeddings"].map { (child.path + [$0]).joined(separator: "/") }
    guard let key = child.ownKeys.first(where: { names.contains($0.path) }) else {
      throw CoreError(
        .invalidConfig, "SpectralNormalization: found \(layer.node.kind), expected a layer with a kernel or embeddings")
    }
    // Keras lists the kernel here, and what is left of the layer's weights behind the vector.
    scope.claim(key)
    let initializer = Initializer.truncatedNormal(standardDeviation: 0.02)
    let vector = scope.weight("vector_u", [1, key.spec.shape.last], initializer, isTrainable: false)
    let count = powerIterations
    return Forward(many: { inputs, context in
      if context.isTraining {
        let (kernel, u) = Self.normalized(context[key].stopGradient(), context[vector].stopGradient(), count)
        context.update(vector, to: u)
        context.assign(key, to: kernel)
      }
      return child.forward(inputs, &context).map { $0.cast(to: inputs[0].dtype) }
    })
  }

  /// The kernel over its singular value, and the vector that finds it next time. A kernel of zeros stays.
  private static func normalized(_ kernel: Tensor, _ vector: Tensor, _ count: Int) -> (kernel: Tensor, vector: Tensor) {
    let matrix = kernel.reshaped([kernel.elementCount / kernel.shape.last, kernel.shape.last])
    var (u, v) = (vector, vector)
    for _ in 0..<count {
      v = u.matmul(matrix, transposeOther: true).unitLength(axes: [0, 1])
      u = v.matmul(matrix).unitLength(axes: [0, 1])
    }
    let sigma = v.matmul(matrix).matmul(u, transposeOther: true).reshaped([])
    let isZero = kernel.equal(0).all()
    let one = Tensor.ones([], dtype: kernel.dtype)
    return (kernel / Tensor.select(isZero, one, sigma), Tensor.select(isZero.broadcast(to: u.shape), vector, u))
  }
}
