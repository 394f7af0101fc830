internal import CKernels

// Building blocks for backends: the parts of an operation that are not the product a library is good at.

/// An element type that accelerated kernels compute in: `Float` or `Double`.
public protocol KernelScalar: Scalar, BinaryFloatingPoint {
  static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Self>?, residual: UnsafePointer<Self>?,
    _ values: UnsafeMutablePointer<Self>, rows: Int, columns: Int, threads: Int)
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
}

extension Double: KernelScalar {
  public static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Double>?, residual: UnsafePointer<Double>?,
    _ values: UnsafeMutablePointer<Double>, rows: Int, columns: Int, threads: Int
  ) {
    ck_residual_activation_f64(
      activation.kernel, activation.alpha, values, bias, residual, values, rows, columns, Int32(clamping: threads))
  }
}
