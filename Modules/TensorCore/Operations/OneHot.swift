internal import CKernels

/// Indices as vectors with a one in their place: `[i...]` to `[i..., depth]`.
///
/// The indices are int32, int64 or uint8; one outside `0..<depth` gives zeros, as in Keras. Output of any type.
public struct OneHot: Operation {
  public static let name = "one_hot"

  public var depth: Int
  public var dtype: DType

  public init(depth: Int, dtype: DType = .float32) {
    self.depth = depth
    self.dtype = dtype
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].dtype.isInteger else {
      throw CoreError(
        .dtypeMismatch, "one_hot: found indices \(inputs[0]), expected int32, int64 or uint8; cast them first")
    }
    return [TensorSpec(try Shape(validating: inputs[0].shape.array + [depth]), dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (indices, y) = (inputs[0].asInt64, outputs[0])
    guard y.elementCount > 0 else { return }
    dtype.withElement(1) { on in
      dtype.withElement(0) { off in
        ck_one_hot(
          indices.i64, y.pointer, indices.elementCount, depth, dtype.byteCount, on, off, Execution.threads32)
      }
    }
  }
}

extension Tensor {
  /// The integers as vectors with a one in their place, on a new last axis; zeros where one is outside `0..<depth`.
  public func oneHot(depth: Int, dtype: DType = .float32) -> Tensor {
    Tensor.apply(OneHot(depth: depth, dtype: dtype), self)
  }
}
