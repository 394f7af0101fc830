/// The gradient of a recurrent sequence operation, over all of its steps.
///
/// Inputs: those of the forward operation; its outputs, workspace included; then the gradients of its output (where
/// `hasOutputGradient`) and of its final states (where `hasStateGradients`, all of them). Outputs, those that are wanted:
/// the gradients of x, of kernel, recurrent kernel and bias, and of the initial states.
public struct RecurrentGradient<Sequence: RecurrentSequence>: Operation {
  public static var name: String { Sequence.name + "_gradient" }

  /// The forward operation; it keeps its workspace.
  public let forward: Sequence
  public var hasOutputGradient: Bool
  public var hasStateGradients: Bool
  public var wantsInput: Bool
  public var wantsWeights: Bool
  public var wantsStates: Bool

  public init(
    _ forward: Sequence, hasOutputGradient: Bool = true, hasStateGradients: Bool = false, wantsInput: Bool = true,
    wantsWeights: Bool = true, wantsStates: Bool = false
  ) {
    var forward = forward
    forward.options.keepsWorkspace = true
    self.forward = forward
    (self.hasOutputGradient, self.hasStateGradients) = (hasOutputGradient, hasStateGradients)
    (self.wantsInput, self.wantsWeights) = (wantsInput, wantsWeights)
    self.wantsStates = wantsStates && forward.options.hasInitialState
  }

  /// Where the forward operation's outputs begin among the inputs.
  public var outputsPosition: Int { forward.positions.count }

  public var workspacePosition: Int { outputsPosition + forward.outputCount - 1 }

  /// Where the gradient of the output is.
  public var outputGradientPosition: Int? { hasOutputGradient ? workspacePosition + 1 : nil }

  /// Where the gradients of the final states are.
  public var stateGradientPositions: Range<Int>? {
    guard hasStateGradients else { return nil }
    let first = workspacePosition + (hasOutputGradient ? 2 : 1)
    return first..<first + forward.cell.stateCount
  }

  /// Which input's gradient each output is.
  public var gradientPositions: [Int] {
    let positions = forward.positions
    return (wantsInput ? [positions.x] : [])
      + (wantsWeights ? [positions.kernel, positions.recurrentKernel] + (positions.bias.map { [$0] } ?? []) : [])
      + (wantsStates ? Array(positions.initialStates ?? 0..<0) : [])
  }

  public var outputCount: Int { gradientPositions.count }

  private var inputCount: Int {
    workspacePosition + 1 + (hasOutputGradient ? 1 : 0) + (hasStateGradients ? forward.cell.stateCount : 0)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: inputCount)
    let outputs = try forward.infer(Array(inputs[..<outputsPosition]))
    for (index, output) in outputs.dropLast().enumerated() {
      try expectEqual(inputs[outputsPosition + index], output, "\(Self.name), output \(index) of the forward pass")
    }
    let workspace = inputs[workspacePosition]
    guard workspace.dtype == .uint8, workspace.byteCount >= RecurrentWorkspace.tagByteCount else {
      throw mismatch(nil, "found workspace \(workspace), expected bytes that begin with a tag")
    }
    if let position = outputGradientPosition {
      try expectEqual(inputs[position], outputs[0], "\(Self.name), gradient of the output")
    }
    for position in stateGradientPositions ?? 0..<0 {
      try expectEqual(inputs[position], outputs[1], "\(Self.name), gradient of a state")
    }
    return gradientPositions.map { inputs[$0] }
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let one = RecurrentCase(forward, request.inputs[..<outputsPosition])
    return one.dtype == .float64
      ? kernel(RecurrentBackward<Double>(self, one, request.inputs, threads: request.threads))
      : kernel(RecurrentBackward<Float>(self, one, request.inputs, threads: request.threads))
  }

  private func kernel<S>(_ backward: RecurrentBackward<S>) -> Kernel {
    Kernel(scratchByteCount: backward.scratchByteCount) { arguments in backward.run(arguments) }
  }
}
