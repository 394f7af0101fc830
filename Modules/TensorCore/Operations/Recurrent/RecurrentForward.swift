internal import CKernels

/// The portable forward pass of a recurrent sequence: the product with x takes all steps at once and goes through the
/// backend chain, what remains is CKernels' loop over the steps.
struct RecurrentForward<S: RecurrentScalar>: Sendable {
  private let one: RecurrentCase
  private let projection: KernelPart
  private let threads: Int32
  /// Bytes in front of the projection's own scratch: the gates where no workspace keeps them, and the sum of two biases.
  private let gateByteCount: Int
  private let biasByteCount: Int

  init(_ one: RecurrentCase, constants: [Int: Tensor], threads: Int) {
    self.one = one
    self.threads = Int32(clamping: threads)
    let (rows, columns, dtype) = (one.rows, one.columns, one.dtype)
    let specs = [
      TensorSpec([rows, one.features], dtype), TensorSpec([one.features, columns], dtype), TensorSpec([columns], dtype),
    ]
    var known = constants.filter { $0.key == one.positions.kernel }
    if let bias = one.positions.bias, !one.resetsAfter { known[2] = constants[bias] }
    let hasBias = one.positions.bias != nil
    projection = KernelPart(
      Linear(activation: .linear, hasBias: hasBias), Array(specs[..<(hasBias ? 3 : 2)]), constants: known,
      threads: threads)
    gateByteCount = one.options.keepsWorkspace ? 0 : (rows * columns * MemoryLayout<S>.stride).roundedToLines
    biasByteCount = hasBias && one.resetsAfter ? (columns * MemoryLayout<S>.stride).roundedToLines : 0
  }

  var scratchByteCount: Int { gateByteCount + biasByteCount + projection.kernel.scratchByteCount }

  /// Weights that were packed, and are not read again.
  var unreadInputs: Set<Int> {
    let unread = projection.kernel.unreadInputs
    return Set(unread.contains(1) ? [one.positions.kernel] : [])
  }

  /// - Parameter outputs: the operation's; `scratch` has `scratchByteCount` bytes.
  func run(
    _ arguments: borrowing KernelArguments, into outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>,
    scratch: UnsafeMutableRawPointer
  ) {
    let (cell, positions) = (one.cell, one.positions)
    for index in 0..<cell.stateCount {
      let (state, byteCount) = (outputs[1 + index], one.stateSize * MemoryLayout<S>.stride)
      if let initial = positions.initialStates {
        state.copyMemory(from: arguments.inputs[initial.lowerBound + index], byteCount: byteCount)
      } else {
        state.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      }
    }
    let kept = kept(outputs, scratch)
    project(arguments, into: kept.gates, scratch + gateByteCount)
    let innerBias = biasByteCount > 0 ? positions.bias.map { arguments.input($0, S.self) + one.columns } : nil
    var sizes = one.sizes(arguments)
    S.forward(
      &sizes, arguments.input(positions.recurrentKernel), innerBias: innerBias, kept,
      output: outputs[0].assumingMemoryBound(to: S.self), h: outputs[1].assumingMemoryBound(to: S.self),
      c: cell == .lstm ? outputs[2].assumingMemoryBound(to: S.self) : nil, threads: threads)
  }

  private func kept(
    _ outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ scratch: UnsafeMutableRawPointer
  ) -> RecurrentKept<S> {
    guard one.options.keepsWorkspace else { return RecurrentKept(gates: scratch.assumingMemoryBound(to: S.self)) }
    let workspace = outputs[outputs.count - 1]
    RecurrentWorkspace.write(tag: RecurrentCase.tag, to: workspace)
    return RecurrentKept(workspace, rows: one.rows, columns: one.columns, units: one.units)
  }

  /// x W, and the bias as far as it does not depend on the reset gate.
  private func project(
    _ arguments: borrowing KernelArguments, into gates: UnsafeMutablePointer<S>, _ scratch: UnsafeMutableRawPointer
  ) {
    var bias = one.positions.bias.map { arguments.inputs[$0] }
    if biasByteCount > 0, let both = bias {
      let sum = scratch.assumingMemoryBound(to: S.self)
      // The rows of [2, 3 units] added up, but for the second's candidate.
      let rows = both.assumingMemoryBound(to: S.self)
      for index in 0..<one.columns {
        sum[index] = rows[index] + (index < 2 * one.units ? rows[one.columns + index] : 0)
      }
      bias = UnsafeRawPointer(sum)
    }
    projection.run(
      arguments.inputs[0], arguments.inputs[one.positions.kernel], bias, into: gates, scratch: scratch + biasByteCount)
  }
}

extension RecurrentSequence {
  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { runKernel(inputs, outputs) }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let one = RecurrentCase(self, request.inputs[...])
    return one.dtype == .float64
      ? kernel(RecurrentForward<Double>(one, constants: request.constants, threads: request.threads))
      : kernel(RecurrentForward<Float>(one, constants: request.constants, threads: request.threads))
  }

  private func kernel<S>(_ forward: RecurrentForward<S>) -> Kernel {
    // One byte at least, so that there is an address.
    Kernel(scratchByteCount: forward.scratchByteCount + 1, unreadInputs: forward.unreadInputs) { arguments in
      forward.run(arguments, into: arguments.outputs, scratch: arguments.scratch!)
    }
  }
}
