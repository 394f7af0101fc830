public import TensorCore

/// Divides by the root of the mean square along one axis or several, then scales. Of any shape. Zhang and Sennrich 2019.
/// Keras: `RMSNormalization`.
public struct RMSNormalization: Layer {
  public static let kind = "RMSNormalization"
  public static let template = RMSNormalization()
  public static let keepsPrecision = true

  public var axis: KerasAxes = -1
  public var epsilon = 1e-6

  public init(axis: KerasAxes = -1, epsilon: Double = 1e-6) { (self.axis, self.epsilon) = (axis, epsilon) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
    let axes = try axis.resolved(in: input.shape, of: Self.kind)
    let scale = scope.weight("scale", Shape(axes.map { input.shape[$0] }), .ones)
    let epsilon = epsilon
    return Forward { x, context in
      let sizes = Shape((0..<x.rank).map { axes.contains($0) ? x.shape[$0] : 1 })
      let root = (x.square().mean(axes: axes, keepDims: true) + epsilon).rsqrt()
      return x * root * context[scale].reshaped(sizes)
    }
  }
}
