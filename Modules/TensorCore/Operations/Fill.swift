internal import CKernels

/// A tensor of one repeated number; no inputs.
public struct Fill: Operation {
  public static let name = "fill"

  public var shape: Shape
  public var dtype: DType
  public var value: Double

  public init(shape: Shape, dtype: DType, value: Double) {
    self.shape = shape
    self.dtype = dtype
    self.value = value
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 0)
    guard dtype.holds(value) else {
      throw CoreError(.dtypeMismatch, "fill: found the value \(value), which \(dtype.rawValue) cannot hold")
    }
    return [TensorSpec(shape, dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    var element = UInt64(0)
    withUnsafeMutableBytes(of: &element) { bytes in
      dtype.write(value, to: bytes.baseAddress!)
      ck_fill(
        outputs[0].pointer, outputs[0].elementCount, dtype.byteCount, bytes.baseAddress!, Execution.threads32)
    }
  }
}

extension Tensor {
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 0, dtype: dtype) }

  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 1, dtype: dtype) }

  /// Every element is `value`.
  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    apply(Fill(shape: shape, dtype: dtype, value: value), [])[0]
  }

  public static func zeros(like other: Tensor) -> Tensor { zeros(other.shape, dtype: other.dtype) }

  public static func ones(like other: Tensor) -> Tensor { ones(other.shape, dtype: other.dtype) }
}
