internal import CKernels

// Building blocks for backends: the parts of an operation that are not the product a library is good at.

/// An element type that accelerated kernels compute in: `Float` or `Double`.
public protocol KernelScalar: Scalar, BinaryFloatingPoint {
  static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Self>?, _ values: UnsafeMutablePointer<Self>, rows: Int,
    columns: Int, threads: Int)

  static func gatherColumns(
    _ geometry: ConvGeometry, _ x: UnsafePointer<Self>, rows: Range<Int>, group: Int,
    into columns: UnsafeMutablePointer<Self>)

  static func scatterColumns(
    _ geometry: ConvGeometry, _ columns: UnsafePointer<Self>, rows: Range<Int>, group: Int,
    into x: UnsafeMutablePointer<Self>)
}

extension FusableActivation {
  /// In place, row by row of a `[rows, columns]` matrix: `activation(value + bias[column])`.
  public func finish<S: KernelScalar>(
    _ values: UnsafeMutablePointer<S>, bias: UnsafePointer<S>?, rows: Int, columns: Int, threads: Int
  ) {
    if self == .linear && bias == nil { return }
    S.runEpilogue(self, bias: bias, values, rows: rows, columns: columns, threads: threads)
  }
}

extension ConvGeometry {
  /// Output pixels of the whole batch: the rows of the convolution as a matrix product.
  public var rowCount: Int { batch * outputSize.reduce(1, *) }

  /// Inputs per output value: the columns of the convolution as a matrix product, in the kernel's order.
  public var columnCount: Int { kernelSize.reduce(1, *) * (inputChannels / groups) }

  /// Writes what each output pixel in `rows` sees: `[rows.count, columnCount]` (im2col), zeros where that is padding.
  public func gatherColumns<S: KernelScalar>(
    of x: UnsafePointer<S>, rows: Range<Int>, group: Int = 0, into columns: UnsafeMutablePointer<S>
  ) {
    S.gatherColumns(self, x, rows: rows, group: group, into: columns)
  }

  /// Adds `columns` back to the inputs that they came from (col2im), the adjoint of `gatherColumns`.
  public func scatterColumns<S: KernelScalar>(
    _ columns: UnsafePointer<S>, rows: Range<Int>, group: Int = 0, into x: UnsafeMutablePointer<S>
  ) {
    S.scatterColumns(self, columns, rows: rows, group: group, into: x)
  }
}

extension Float: KernelScalar {
  public static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Float>?, _ values: UnsafeMutablePointer<Float>, rows: Int,
    columns: Int, threads: Int
  ) {
    ck_bias_activation_f32(
      activation.kernel, Float(activation.alpha), values, bias, values, rows, columns, Int32(clamping: threads))
  }

  public static func gatherColumns(
    _ geometry: ConvGeometry, _ x: UnsafePointer<Float>, rows: Range<Int>, group: Int,
    into columns: UnsafeMutablePointer<Float>
  ) {
    var raw = geometry.raw
    ck_im2col_f32(&raw, x, rows.lowerBound, rows.upperBound, group, columns)
  }

  public static func scatterColumns(
    _ geometry: ConvGeometry, _ columns: UnsafePointer<Float>, rows: Range<Int>, group: Int,
    into x: UnsafeMutablePointer<Float>
  ) {
    var raw = geometry.raw
    ck_col2im_f32(&raw, columns, rows.lowerBound, rows.upperBound, group, x)
  }
}

extension Double: KernelScalar {
  public static func runEpilogue(
    _ activation: FusableActivation, bias: UnsafePointer<Double>?, _ values: UnsafeMutablePointer<Double>, rows: Int,
    columns: Int, threads: Int
  ) {
    ck_bias_activation_f64(
      activation.kernel, activation.alpha, values, bias, values, rows, columns, Int32(clamping: threads))
  }

  public static func gatherColumns(
    _ geometry: ConvGeometry, _ x: UnsafePointer<Double>, rows: Range<Int>, group: Int,
    into columns: UnsafeMutablePointer<Double>
  ) {
    var raw = geometry.raw
    ck_im2col_f64(&raw, x, rows.lowerBound, rows.upperBound, group, columns)
  }

  public static func scatterColumns(
    _ geometry: ConvGeometry, _ columns: UnsafePointer<Double>, rows: Range<Int>, group: Int,
    into x: UnsafeMutablePointer<Double>
  ) {
    var raw = geometry.raw
    ck_col2im_f64(&raw, columns, rows.lowerBound, rows.upperBound, group, x)
  }
}
