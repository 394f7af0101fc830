public import TensorCore

/// The mean over height and width: `[batch, height, width, channels] -> [batch, channels]`, or
/// `[batch, 1, 1, channels]` with `keepdims`. Lin et al. 2014. Keras: `GlobalAveragePooling2D`.
public struct GlobalAveragePooling2D: Layer {
  public static let kind = "GlobalAveragePooling2D"
  public static let template = GlobalAveragePooling2D()

  public var dataFormat: DataFormat? = .channelsLast
  public var keepdims = false

  public init(keepdims: Bool = false) { self.keepdims = keepdims }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 4...4)
    let axes = dataFormat == .channelsFirst ? [2, 3] : [1, 2]
    let keepdims = keepdims
    return Forward { x, _ in x.mean(axes: axes, keepDims: keepdims) }
  }
}
