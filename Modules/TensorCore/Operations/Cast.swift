internal import CKernels

/// The same numbers in another dtype; any to any.
///
/// To a 16-bit float the nearest, halves to even; from a float to an integer toward zero, saturating, NaN to 0; between
/// integers modulo 2ⁿ; to bool whatever is not zero is true.
public struct Cast: Operation {
  public static let name = "cast"

  public var dtype: DType

  public init(dtype: DType) { self.dtype = dtype }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    return [TensorSpec(inputs[0].shape, dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let x = inputs[0]
    ck_cast(
      x.pointer, x.dtype.kernel, outputs[0].pointer, dtype.kernel, x.elementCount, Execution.threads32)
  }
}

extension Tensor {
  /// The same numbers as `dtype`; this tensor itself where it has that dtype already.
  public func cast(to dtype: DType) -> Tensor {
    dtype == self.dtype ? self : Tensor.apply(Cast(dtype: dtype), self)
  }
}
