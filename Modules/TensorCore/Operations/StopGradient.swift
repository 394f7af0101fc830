/// The identity, through which no gradient flows.
public struct StopGradient: Operation {
  public static let name = "stop_gradient"

  public init() {}

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    return inputs
  }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? { inputs }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    outputs[0].pointer.copyMemory(from: inputs[0].pointer, byteCount: inputs[0].byteCount)
  }
}

extension Tensor {
  /// The same values, which a gradient takes for constants.
  public func stopGradient() -> Tensor { Tensor.apply(StopGradient(), self) }
}
