public import TensorCore

/// A layer on every step by itself: `[batch, time, ...] -> [batch, time, ...]`. Keras: `TimeDistributed`.
public struct TimeDistributed: Layer {
  public static let kind = "TimeDistributed"
  public static let template = TimeDistributed(Identity())
  public static let requiredKeys = ["layer"]

  public var layer: NestedLayer

  public init(_ layer: any Layer, name: String? = nil) { self.layer = NestedLayer(layer, name: name) }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 3...Shape.maximumRank)
    let step = TensorSpec(Shape([input.shape[0]] + input.shape.array.dropFirst(2)), input.dtype)
    let child = try scope.nested(layer, inputs: [step])
    guard child.outputs.count == 1 else {
      throw CoreError(.invalidConfig, "TimeDistributed: found a layer of \(child.outputs.count) outputs, expected one")
    }
    // Statistics of the batch are those of a step: Keras 3 calls the layer step by step.
    let isStepwise = scope.kerasMajorVersion >= 3 && child.keys.contains { !$0.isTrainable }
    let hasStates = !child.stateKeys.isEmpty
    return Forward { x, context in
      let mask = context.mask()
      defer { context.masks = [mask] }
      let (batch, steps) = (x.shape[0], x.shape[1])
      guard !hasStates, !(isStepwise && context.isTraining) else {
        return Tensor.stack((0..<steps).map { Self.call(child, x, mask, $0..<($0 + 1), &context) }, axis: 1)
      }
      let y = Self.call(child, x, mask, 0..<steps, &context)
      return y.reshaped(Shape([batch, steps] + y.shape.array.dropFirst()))
    }
  }

  /// The layer on some steps, as one batch.
  private static func call(
    _ child: BuiltLayer, _ x: Tensor, _ mask: Tensor?, _ steps: Range<Int>, _ context: inout CallContext
  ) -> Tensor {
    let merged = { (x: Tensor) in
      let part = steps.count == x.shape[1] ? x : x.sliced(axis: 1, steps)
      return part.reshaped(Shape([x.shape[0] * steps.count] + x.shape.array.dropFirst(2)))
    }
    context.masks = [mask.flatMap { $0.rank > 2 ? merged($0) : nil }]
    return child.forward(merged(x), &context)
  }
}
