internal import CKernels

/// 16-bit floats in operations that calculate with float32: the inputs are widened, the outputs rounded back. In one place,
/// so that no operation has to know; a backend that calculates with 16 bits itself is asked first.
enum HalfPrecision {
  /// The specs with float32 in place of the one 16-bit float among them; nil where there is none, or another float beside.
  static func widened(_ inputs: [TensorSpec]) -> (specs: [TensorSpec], dtype: DType)? {
    var found: DType?
    for input in inputs where input.dtype.isFloating {
      guard input.dtype.isHalf, found == nil || found == input.dtype else { return nil }
      found = input.dtype
    }
    return found.map { half in (inputs.map { $0.dtype == half ? TensorSpec($0.shape, .float32) : $0 }, half) }
  }

  /// The same numbers as tensors of these specs.
  static func converted(_ tensors: [Tensor], to specs: [TensorSpec]) -> [Tensor] {
    zip(tensors, specs).map { tensor, spec in
      guard tensor.spec != spec else { return tensor }
      let result = Tensor(uninitialized: spec)
      withExtendedLifetime(tensor) { convert(UnsafeRawPointer(tensor.pointer), tensor.spec, result.pointer, spec) }
      return result
    }
  }

  /// Writes the numbers into tensors that nobody else has seen.
  static func convert(_ tensors: [Tensor], into outputs: [Tensor]) {
    withExtendedLifetime((tensors, outputs)) {
      for (tensor, output) in zip(tensors, outputs) {
        convert(UnsafeRawPointer(tensor.pointer), tensor.spec, output.pointer, output.spec)
      }
    }
  }

  /// A kernel for 16-bit inputs and outputs around one that is prepared for float32. `constants` are inputs that are known
  /// already, widened.
  static func kernel(
    around wide: PreparedOperation, constants: [Int: Tensor], inputs: [TensorSpec], outputs: [TensorSpec]
  ) -> Kernel {
    Kernel { arguments in
      var operands: [Tensor] = []
      for (index, spec) in wide.inputs.enumerated() {
        if let constant = constants[index] {
          operands.append(constant)
        } else {
          let operand = Tensor(uninitialized: spec)
          convert(arguments.inputs[index], inputs[index], operand.pointer, spec)
          operands.append(operand)
        }
      }
      let results = wide.compute(operands)
      withExtendedLifetime(results) {
        for (index, result) in results.enumerated() {
          convert(UnsafeRawPointer(result.pointer), result.spec, arguments.outputs[index], outputs[index])
        }
      }
    }
  }

  private static func convert(
    _ source: UnsafeRawPointer, _ from: TensorSpec, _ target: UnsafeMutableRawPointer, _ to: TensorSpec
  ) {
    if from.dtype == to.dtype {
      target.copyMemory(from: source, byteCount: from.byteCount)
    } else {
      ck_cast(source, from.dtype.kernel, target, to.dtype.kernel, from.elementCount, Execution.threads32)
    }
  }
}

extension DType {
  /// float16 or bfloat16.
  public var isHalf: Bool { self == .float16 || self == .bfloat16 }
}

extension Operation {
  /// The shape rule, also for 16-bit floats that the operation itself does not take: then `isWidened`, and it is run on
  /// float32.
  func inferWidening(_ inputs: [TensorSpec]) throws(CoreError) -> (outputs: [TensorSpec], isWidened: Bool) {
    guard let wide = HalfPrecision.widened(inputs) else { return (try infer(inputs), false) }
    do throws(CoreError) {
      return (try infer(inputs), false)
    } catch {
      guard error.code == .dtypeMismatch else { throw error }
      let outputs = try infer(wide.specs)
      return (outputs.map { $0.dtype == .float32 ? TensorSpec($0.shape, wide.dtype) : $0 }, true)
    }
  }
}
