internal import CKernels

// Building blocks for backends: the parts of an operation that are not the product a library is good at.

/// An element type that accelerated kernels compute in: `Float` or `Double`.
public protocol KernelScalar: Scalar, BinaryFloatingPoint {
  static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Self>?, residual: UnsafePointer<Self>?,
    _ values: UnsafeMutablePointer<Self>, rows: Int, columns: Int, threads: Int)

  /// What `PackedMatrix` is made of: the bytes of a packed `[rows, columns]` matrix, ...
  static func packedByteCount(rows: Int, columns: Int) -> Int

  /// ... packing one, which lies transposed with `isTransposed`, ...
  static func pack(
    _ matrix: UnsafePointer<Self>, isTransposed: Bool, rows: Int, columns: Int, into packed: UnsafeMutableRawPointer,
    threads: Int)

  /// ... and the product of `[rows, depth]` and a packed `[depth, columns]`.
  static func multiply(
    _ left: UnsafePointer<Self>, rows: Int, packed: UnsafeRawPointer, depth: Int, columns: Int,
    into result: UnsafeMutablePointer<Self>, threads: Int)
}

extension FusableActivation {
  /// In place, row by row of a `[rows, columns]` matrix: `activation(value + bias[column] + residual[row, column])`.
  public func finish<S: KernelScalar>(
    _ values: UnsafeMutablePointer<S>, bias: UnsafePointer<S>?, residual: UnsafePointer<S>? = nil, rows: Int,
    columns: Int, threads: Int
  ) {
    if self == .linear && bias == nil && residual == nil { return }
    S.runEpilogue(self, bias: bias, residual: residual, values, rows: rows, columns: columns, threads: threads)
  }
}

extension Float: KernelScalar {
  public static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
    _ values: UnsafeMutablePointer<Float>, rows: Int, columns: Int, threads: Int
  ) {
    ck_residual_activation_f32(
      activation.kernel, Float(activation.alpha), values, bias, residual, values, rows, columns,
      Int32(clamping: threads))
  }

  public static func packedByteCount(rows: Int, columns: Int) -> Int { ck_gemm_packed_bytes_f32(columns, rows) }

  public static func pack(
    _ matrix: UnsafePointer<Float>, isTransposed: Bool, rows: Int, columns: Int, into packed: UnsafeMutableRawPointer,
    threads: Int
  ) {
    ck_gemm_pack_b_f32(
      isTransposed ? 1 : 0, columns, rows, matrix, isTransposed ? rows : columns, packed, Int32(clamping: threads))
  }

  public static func multiply(
    _ left: UnsafePointer<Float>, rows: Int, packed: UnsafeRawPointer, depth: Int, columns: Int,
    into result: UnsafeMutablePointer<Float>, threads: Int
  ) {
    ck_gemm_packed_f32(
      rows, columns, depth, left, depth, packed, 0, result, columns, Int32(clamping: threads))
  }
}

extension Double: KernelScalar {
  public static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Double>?, residual: UnsafePointer<Double>?,
    _ values: UnsafeMutablePointer<Double>, rows: Int, columns: Int, threads: Int
  ) {
    ck_residual_activation_f64(
      activation.kernel, activation.alpha, values, bias, residual, values, rows, columns, Int32(clamping: threads))
  }

  public static func packedByteCount(rows: Int, columns: Int) -> Int { ck_gemm_packed_bytes_f64(columns, rows) }

  public static func pack(
    _ matrix: UnsafePointer<Double>, isTransposed: Bool, rows: Int, columns: Int, into packed: UnsafeMutableRawPointer,
    threads: Int
  ) {
    ck_gemm_pack_b_f64(
      isTransposed ? 1 : 0, columns, rows, matrix, isTransposed ? rows : columns, packed, Int32(clamping: threads))
  }

  public static func multiply(
    _ left: UnsafePointer<Double>, rows: Int, packed: UnsafeRawPointer, depth: Int, columns: Int,
    into result: UnsafeMutablePointer<Double>, threads: Int
  ) {
    ck_gemm_packed_f64(
      rows, columns, depth, left, depth, packed, 0, result, columns, Int32(clamping: threads))
  }
}
