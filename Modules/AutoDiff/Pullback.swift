public import TensorCore

/// What a gradient rule works from: one recorded application of an operation, and the gradients that reached it.
public struct Pullback: Sendable {
  /// The operation's inputs at the time. This tape does not watch them any more; tapes around it still do.
  public let inputs: [Tensor]
  /// What came out, watched as `inputs` are.
  public let outputs: [Tensor]
  /// The gradient of each output, of that output's spec; nil where none arrived. At least one is there.
  public let outputGradients: [Tensor?]
  /// Which inputs' gradients are wanted.
  public let needs: [Bool]

  public init(inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needs: [Bool]) {
    self.inputs = inputs
    self.outputs = outputs
    self.outputGradients = outputGradients
    self.needs = needs
  }

  /// The gradient of output `index`: zeros where none arrived.
  public func gradient(_ index: Int = 0) -> Tensor {
    outputGradients[index] ?? Tensor.zeros(like: outputs[index])
  }

  /// `rule()` where input `index` wants a gradient, nil where it does not.
  public func whenNeeded(_ index: Int, _ rule: () -> Tensor?) -> Tensor? {
    needs[index] ? rule() : nil
  }
}
