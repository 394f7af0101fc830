internal import CKernels

/// One case of a recurrent sequence: its sizes, and where its inputs are.
struct RecurrentCase: Sendable {
  /// How the portable rule marks its workspaces.
  static let tag: StaticString = "apus recurrent 1"

  let cell: RecurrentCell
  let options: RecurrentOptions
  let positions: RecurrentInputs
  let x: TensorSpec
  let units: Int

  /// - Parameter inputs: those of the forward operation.
  init(_ operation: some RecurrentSequence, _ inputs: ArraySlice<TensorSpec>) {
    (cell, options, positions) = (operation.cell, operation.options, operation.positions)
    (x, units) = (inputs[0], inputs[2].shape[0])
  }

  var dtype: DType { x.dtype }
  var rows: Int { x.shape[0] * x.shape[1] }
  var features: Int { x.shape[2] }
  var columns: Int { cell.gateCount * units }
  var stateSize: Int { x.shape[0] * units }
  /// Whether the recurrent product has a bias of its own.
  var resetsAfter: Bool { cell == .gru(resetAfter: true) }

  func sizes(_ arguments: borrowing KernelArguments) -> ck_recurrent {
    ck_recurrent(
      cell: cell.kernel, activation: options.activation.kernel,
      recurrent_activation: options.recurrentActivation.kernel, alpha: options.activation.alpha,
      recurrent_alpha: options.recurrentActivation.alpha, batch: x.shape[0], steps: x.shape[1], units: units,
      backwards: options.goBackwards ? 1 : 0, zero_masked: options.zeroOutputForMask ? 1 : 0,
      returns_sequence: options.returnsSequences ? 1 : 0, mask: positions.mask.map { arguments.input($0) })
  }
}

/// A part of a kernel that another operation's kernel does, chosen once: the products that take all steps at once.
struct KernelPart: Sendable {
  let kernel: Kernel

  /// The kernel of a backend, or the operation's own rule on tensors made for the call.
  init(_ operation: some Operation, _ inputs: [TensorSpec], constants: [Int: Tensor] = [:], threads: Int) {
    let prepared =
      (try? PreparedOperation(operation, inputs: inputs, constants: constants, threads: threads))
      ?? (try? PreparedOperation(operation, inputs: inputs, backends: [], threads: threads))
    guard let prepared else {
      CoreError(.shapeMismatch, "\(type(of: operation).name): found inputs \(inputs), which it does not take").trap()
    }
    kernel = prepared.kernel ?? Self.rule(of: prepared)
  }

  private static func rule(of prepared: PreparedOperation) -> Kernel {
    Kernel { arguments in
      let inputs = prepared.inputs.enumerated().map { index, spec in
        Tensor(storage: Storage(unowned: arguments.inputs[index], byteCount: spec.byteCount), spec: spec)
      }
      for (index, result) in prepared.compute(inputs).enumerated() {
        withExtendedLifetime(result) {
          arguments.outputs[index].copyMemory(from: result.pointer, byteCount: result.spec.byteCount)
        }
      }
    }
  }

  /// Runs with these pointers; `scratch` has room for what the kernel wants.
  func run(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ third: UnsafeRawPointer? = nil,
    into output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer?
  ) {
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: 3) { inputs in
      inputs.initializeElement(at: 0, to: first)
      inputs.initializeElement(at: 1, to: second)
      if let third { inputs.initializeElement(at: 2, to: third) }
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 1) { outputs in
        outputs.initializeElement(at: 0, to: output)
        kernel.run(
          KernelArguments(
            inputs: UnsafeBufferPointer(start: inputs.baseAddress, count: third == nil ? 2 : 3),
            outputs: UnsafeBufferPointer(outputs), scratch: scratch))
      }
    }
  }
}
