internal import CKernels

/// The portable backward pass of a recurrent sequence: CKernels' loop over the steps, then products that take all steps at
/// once and go through the backend chain.
struct RecurrentBackward<S: RecurrentScalar>: Sendable {
  private let one: RecurrentCase
  /// Which input's gradient each output is.
  private let wanted: [Int]
  private let workspacePosition: Int
  /// Whether the workspace is as long as the portable forward pass makes it.
  private let workspaceFits: Bool
  private let outputGradientPosition: Int?
  private let stateGradientPositions: Range<Int>?
  /// For workspaces of other writers.
  private let forward: RecurrentForward<S>
  private let threads: Int32
  /// dgates Wᵀ, xᵀ dgates and hᵀ dinner.
  private let ofX: KernelPart
  private let ofKernel: KernelPart
  private let ofRecurrentKernel: KernelPart
  /// Bytes of one gradient of the gates, and of one of a state.
  private let gateByteCount: Int
  private let stateByteCount: Int

  /// - Parameter inputs: those of `gradient`.
  init<Sequence>(
    _ gradient: RecurrentGradient<Sequence>, _ one: RecurrentCase, _ inputs: [TensorSpec], threads: Int
  ) {
    self.one = one
    self.threads = Int32(clamping: threads)
    (wanted, workspacePosition) = (gradient.gradientPositions, gradient.workspacePosition)
    let ownByteCount = RecurrentWorkspace.spec(one.cell, x: one.x, units: one.units).byteCount
    workspaceFits = inputs[workspacePosition].byteCount >= ownByteCount
    outputGradientPosition = gradient.outputGradientPosition
    stateGradientPositions = gradient.stateGradientPositions
    forward = RecurrentForward(one, constants: [:], threads: threads)
    let (rows, dtype) = (one.rows, one.dtype)
    let gates = TensorSpec([rows, one.columns], dtype)
    let x = TensorSpec([rows, one.features], dtype)
    let transposed = MatMul(transposeA: true)
    ofX = KernelPart(
      MatMul(transposeB: true), [gates, TensorSpec([one.features, one.columns], dtype)], threads: threads)
    ofKernel = KernelPart(transposed, [x, gates], threads: threads)
    ofRecurrentKernel = KernelPart(transposed, [TensorSpec([rows, one.units], dtype), gates], threads: threads)
    gateByteCount = gates.byteCount.roundedToLines
    stateByteCount = (one.stateSize * MemoryLayout<S>.stride).roundedToLines
  }

  private var gateCopies: Int { one.resetsAfter ? 2 : 1 }
  private var ownByteCount: Int { gateCopies * gateByteCount + one.cell.stateCount * stateByteCount }

  var scratchByteCount: Int {
    ownByteCount + [ofX, ofKernel, ofRecurrentKernel].reduce(0) { max($0, $1.kernel.scratchByteCount) }
  }

  func run(_ arguments: borrowing KernelArguments) {
    let workspace = UnsafeMutableRawPointer(mutating: arguments.inputs[workspacePosition])
    if workspaceFits, RecurrentWorkspace.hasTag(RecurrentCase.tag, workspace) { return run(arguments, workspace) }
    // Somebody else's: the forward pass is run again, for its workspace alone.
    let state = one.stateSize * MemoryLayout<S>.stride
    let sizes = [one.x.shape[1] * state] + Array(repeating: state, count: one.cell.stateCount)
    let storages = sizes.map { Storage(byteCount: $0) }
    let own = Storage(byteCount: RecurrentWorkspace.spec(one.cell, x: one.x, units: one.units).byteCount)
    let scratch = Storage(byteCount: forward.scratchByteCount)
    withExtendedLifetime((storages, own, scratch)) {
      let outputs = storages.map(\.base) + [own.base]
      outputs.withUnsafeBufferPointer { forward.run(arguments, into: $0, scratch: scratch.base) }
      run(arguments, own.base)
    }
  }

  private func run(_ arguments: borrowing KernelArguments, _ workspace: UnsafeMutableRawPointer) {
    let kept = RecurrentKept<S>(workspace, rows: one.rows, columns: one.columns, units: one.units)
    let scratch = arguments.scratch!
    let gates = scratch.assumingMemoryBound(to: S.self)
    let inner = one.resetsAfter ? (scratch + gateByteCount).assumingMemoryBound(to: S.self) : gates
    let h = stateGradient(0, arguments)
    let c = one.cell == .lstm ? stateGradient(1, arguments) : nil
    var sizes = one.sizes(arguments)
    S.backward(
      &sizes, arguments.input(one.positions.recurrentKernel), kept,
      output: outputGradientPosition.map { arguments.input($0) }, gates: gates, inner: one.resetsAfter ? inner : nil,
      h: h, c: c, threads: threads)
    products(arguments, kept, gates, inner)
  }

  /// Where the gradient of a state begins as that of the final one, and ends as that of the initial one.
  private func stateGradient(_ index: Int, _ arguments: borrowing KernelArguments) -> UnsafeMutablePointer<S> {
    var target = arguments.scratch! + gateCopies * gateByteCount + index * stateByteCount
    if let initial = one.positions.initialStates, let output = wanted.firstIndex(of: initial.lowerBound + index) {
      target = arguments.outputs[output]
    }
    let byteCount = one.stateSize * MemoryLayout<S>.stride
    if let given = stateGradientPositions {
      target.copyMemory(from: arguments.inputs[given.lowerBound + index], byteCount: byteCount)
    } else {
      target.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    return target.assumingMemoryBound(to: S.self)
  }

  /// What follows from the gradients of x W + b and of h U + b, over all steps at once.
  private func products(
    _ arguments: borrowing KernelArguments, _ kept: RecurrentKept<S>, _ gates: UnsafeMutablePointer<S>,
    _ inner: UnsafeMutablePointer<S>
  ) {
    let (positions, scratch) = (one.positions, arguments.scratch! + ownByteCount)
    for index in wanted.indices {
      let output = arguments.outputs[index]
      switch wanted[index] {
      case positions.x: ofX.run(gates, arguments.inputs[positions.kernel], into: output, scratch: scratch)
      case positions.kernel: ofKernel.run(arguments.inputs[0], gates, into: output, scratch: scratch)
      case positions.recurrentKernel where one.cell == .gru(resetAfter: false):
        resetFirstKernel(gates, kept, output.assumingMemoryBound(to: S.self))
      case positions.recurrentKernel: ofRecurrentKernel.run(kept.before!, inner, into: output, scratch: scratch)
      case positions.bias:
        let sums = output.assumingMemoryBound(to: S.self)
        S.sumRows(gates, rows: one.rows, columns: one.columns, into: sums, threads: threads)
        if one.resetsAfter {
          S.sumRows(inner, rows: one.rows, columns: one.columns, into: sums + one.columns, threads: threads)
        }
      default: break
      }
    }
  }

  /// Where the reset gate acts first, the candidate's part of U was multiplied by r h, the others' by h.
  private func resetFirstKernel(
    _ gates: UnsafePointer<S>, _ kept: RecurrentKept<S>, _ output: UnsafeMutablePointer<S>
  ) {
    let (units, columns) = (one.units, one.columns)
    S.product(
      m: units, n: 2 * units, k: one.rows, kept.before!, rowsOf: gates, columns, into: output, columns, threads: threads
    )
    S.product(
      m: units, n: units, k: one.rows, kept.extra!, rowsOf: gates + 2 * units, columns, into: output + 2 * units,
      columns, threads: threads)
  }
}
