internal import CKernels

/// The portable value rules of recurrent sequences and their gradients: products that take all steps at once go through
/// the backend chain, what remains is CKernels' loop over the steps.
struct RecurrentRun {
  /// How the portable rule marks its workspaces.
  static let tag: StaticString = "apus recurrent 1"

  let cell: RecurrentCell
  let options: RecurrentOptions
  let positions: RecurrentInputs
  let inputs: [Tensor]

  init(_ operation: some RecurrentSequence, _ inputs: [Tensor]) {
    (cell, options, positions) = (operation.cell, operation.options, operation.positions)
    self.inputs = inputs
  }

  private var batch: Int { inputs[0].shape[0] }
  private var steps: Int { inputs[0].shape[1] }
  private var dtype: DType { inputs[0].dtype }
  private var units: Int { inputs[2].shape[0] }
  private var columns: Int { cell.gateCount * units }
  private var recurrentKernel: Tensor { inputs[positions.recurrentKernel] }

  // MARK: Forward

  /// Computes the operation's outputs.
  func forward(into outputs: [Tensor]) {
    let kept = options.keepsWorkspace ? Kept(outputs[outputs.count - 1], self) : nil
    if options.keepsWorkspace { RecurrentWorkspace.write(tag: Self.tag, to: outputs[outputs.count - 1].pointer) }
    for index in 0..<cell.stateCount {
      if let initial = positions.initialStates {
        outputs[1 + index].take(inputs[initial.lowerBound + index])
      } else {
        outputs[1 + index].clear()
      }
    }
    let gates = kept?.gates ?? Tensor(uninitialized: TensorSpec([batch * steps, columns], dtype))
    project(into: gates)
    let innerBias = cell == .gru(resetAfter: true) ? positions.bias.map { inputs[$0].aliasedRows(1..<2) } : nil
    let c = cell == .lstm ? outputs[2] : nil
    withDescription { description in
      if dtype == .float32 {
        var pass = ck_recurrent_pass_f32(
          recurrent_kernel: recurrentKernel.f32, inner_bias: innerBias?.f32, gates: gates.f32,
          before: kept?.before.f32, extra: kept?.extra.f32, output: outputs[0].f32, h: outputs[1].f32, c: c?.f32)
        ck_recurrent_forward_f32(&description, &pass, Execution.threads32)
      } else {
        var pass = ck_recurrent_pass_f64(
          recurrent_kernel: recurrentKernel.f64, inner_bias: innerBias?.f64, gates: gates.f64,
          before: kept?.before.f64, extra: kept?.extra.f64, output: outputs[0].f64, h: outputs[1].f64, c: c?.f64)
        ck_recurrent_forward_f64(&description, &pass, Execution.threads32)
      }
    }
  }

  /// x W, and the bias as far as it does not depend on the reset gate.
  private func project(into gates: Tensor) {
    let x = inputs[0].aliased(as: TensorSpec([batch * steps, inputs[0].shape[2]], dtype))
    var arguments = [x, inputs[positions.kernel]]
    if let bias = positions.bias {
      arguments.append(cell == .gru(resetAfter: true) ? Self.bothBiases(inputs[bias], units) : inputs[bias])
    }
    Tensor.execute(Linear(activation: .linear, hasBias: positions.bias != nil), arguments, into: [gates])
  }

  /// The sum of the rows of `[2, 3 units]`, but for the second's candidate.
  private static func bothBiases(_ bias: Tensor, _ units: Int) -> Tensor {
    let sum = Tensor(uninitialized: TensorSpec([3 * units], bias.dtype))
    for index in 0..<3 * units {
      if bias.dtype == .float32 {
        sum.f32[index] = bias.f32[index] + (index < 2 * units ? bias.f32[3 * units + index] : 0)
      } else {
        sum.f64[index] = bias.f64[index] + (index < 2 * units ? bias.f64[3 * units + index] : 0)
      }
    }
    return sum
  }

  private func withDescription(_ body: (inout ck_recurrent) -> Void) {
    var description = ck_recurrent(
      cell: cell.kernel, activation: options.activation.kernel,
      recurrent_activation: options.recurrentActivation.kernel, alpha: options.activation.alpha,
      recurrent_alpha: options.recurrentActivation.alpha, batch: batch, steps: steps, units: units,
      backwards: options.goBackwards ? 1 : 0, zero_masked: options.zeroOutputForMask ? 1 : 0,
      returns_sequence: options.returnsSequences ? 1 : 0,
      mask: positions.mask.map { UnsafePointer(inputs[$0].pointer.assumingMemoryBound(to: UInt8.self)) })
    body(&description)
  }

  // MARK: The workspace

  /// Views of what a workspace keeps, a row per sample and step; a step's place is the input's.
  private struct Kept {
    /// The gates' values, `[rows, gates * units]`.
    let gates: Tensor
    /// h before the step, `[rows, units]`.
    let before: Tensor
    /// LSTM: c before the step; GRU: r h, or h U + b with reset after.
    let extra: Tensor

    init(_ workspace: Tensor, _ run: RecurrentRun) {
      var offset = RecurrentWorkspace.tagByteCount
      func view(_ width: Int) -> Tensor {
        let spec = TensorSpec([run.batch * run.steps, width], run.dtype)
        defer { offset += (spec.byteCount + 63) / 64 * 64 }
        return Tensor(storage: workspace.storage, byteOffset: workspace.byteOffset + offset, spec: spec)
      }
      gates = view(run.columns)
      before = view(run.units)
      extra = view(run.units)
    }
  }

  /// Whether a workspace is as long as the forward pass makes it.
  func fits(_ workspace: Tensor) -> Bool {
    workspace.byteCount >= RecurrentWorkspace.spec(cell, x: inputs[0].spec, units: units).byteCount
  }

  /// Runs the forward pass for its workspace alone.
  func workspace() -> Tensor {
    let state = TensorSpec([batch, units], dtype)
    var outputs = [Tensor(uninitialized: options.returnsSequences ? TensorSpec([batch, steps, units], dtype) : state)]
    for _ in 0..<cell.stateCount { outputs.append(Tensor(uninitialized: state)) }
    outputs.append(Tensor(uninitialized: RecurrentWorkspace.spec(cell, x: inputs[0].spec, units: units)))
    forward(into: outputs)
    return outputs[outputs.count - 1]
  }

  // MARK: Backward

  /// Computes the wanted inputs' gradients into `outputs`, given those of the output and of the final states.
  func backward(_ workspace: Tensor, output: Tensor?, states: [Tensor], wanted: [Int], into outputs: [Tensor]) {
    let kept = Kept(workspace, self)
    let resetsAfter = cell == .gru(resetAfter: true)
    let gates = Tensor(uninitialized: kept.gates.spec)
    let inner = resetsAfter ? Tensor(uninitialized: kept.gates.spec) : gates
    let ofStates = (0..<cell.stateCount).map { index in
      let position = positions.initialStates.flatMap { wanted.firstIndex(of: $0.lowerBound + index) }
      let gradient = position.map { outputs[$0] } ?? Tensor(uninitialized: TensorSpec([batch, units], dtype))
      if states.isEmpty { gradient.clear() } else { gradient.take(states[index]) }
      return gradient
    }
    withDescription { description in
      if dtype == .float32 {
        var pass = ck_recurrent_return_f32(
          recurrent_kernel: recurrentKernel.f32, gates: kept.gates.f32, before: kept.before.f32, extra: kept.extra.f32,
          output: output?.f32, dgates: gates.f32, dinner: resetsAfter ? inner.f32 : nil, h: ofStates[0].f32,
          c: cell == .lstm ? ofStates[1].f32 : nil)
        ck_recurrent_backward_f32(&description, &pass, Execution.threads32)
      } else {
        var pass = ck_recurrent_return_f64(
          recurrent_kernel: recurrentKernel.f64, gates: kept.gates.f64, before: kept.before.f64, extra: kept.extra.f64,
          output: output?.f64, dgates: gates.f64, dinner: resetsAfter ? inner.f64 : nil, h: ofStates[0].f64,
          c: cell == .lstm ? ofStates[1].f64 : nil)
        ck_recurrent_backward_f64(&description, &pass, Execution.threads32)
      }
    }
    products(gates, inner, kept, wanted, outputs)
  }

  /// What follows from the gradients of x W + b and of h U + b, over all steps at once.
  private func products(_ gates: Tensor, _ inner: Tensor, _ kept: Kept, _ wanted: [Int], _ outputs: [Tensor]) {
    let x = inputs[0].aliased(as: TensorSpec([batch * steps, inputs[0].shape[2]], dtype))
    let transposed = MatMul(transposeA: true)
    for (position, output) in zip(wanted, outputs) {
      switch position {
      case positions.x:
        let flat = output.aliased(as: x.spec)
        Tensor.execute(MatMul(transposeB: true), [gates, inputs[positions.kernel]], into: [flat])
      case positions.kernel:
        Tensor.execute(transposed, [x, gates], into: [output])
      case positions.recurrentKernel where cell == .gru(resetAfter: false):
        resetFirstKernel(gates, kept, output)
      case positions.recurrentKernel:
        Tensor.execute(transposed, [kept.before, inner], into: [output])
      case positions.bias:
        let sum = Reduce(op: .sum, axes: [0], keepDims: false)
        let row = TensorSpec([columns], dtype)
        let rows = output.aliased(as: TensorSpec([output.elementCount / Swift.max(1, columns), columns], dtype))
        for (index, gradient) in [gates, inner].prefix(rows.shape[0]).enumerated() {
          Tensor.execute(sum, [gradient], into: [rows.aliasedRows(index..<index + 1).aliased(as: row)])
        }
      default: break
      }
    }
  }

  /// Where the reset gate acts first, the candidate's part of U was multiplied by r h, the others' by h.
  private func resetFirstKernel(_ gates: Tensor, _ kept: Kept, _ output: Tensor) {
    let parts = gates.split(sizes: [2 * units, units], axis: 1)
    let ofGates = kept.before.matmul(parts[0], transposeSelf: true)
    let ofCandidate = kept.extra.matmul(parts[1], transposeSelf: true)
    output.take(Tensor.concatenate([ofGates, ofCandidate], axis: 1))
  }
}
