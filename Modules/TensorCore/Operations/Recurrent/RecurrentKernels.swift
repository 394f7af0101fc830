internal import CKernels

/// The element types of recurrent sequences, and CKernels' functions for each.
protocol RecurrentScalar: KernelScalar {
  static func forward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Self>, innerBias: UnsafePointer<Self>?,
    _ kept: RecurrentKept<Self>, output: UnsafeMutablePointer<Self>, h: UnsafeMutablePointer<Self>,
    c: UnsafeMutablePointer<Self>?, threads: Int32)

  static func backward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Self>, _ kept: RecurrentKept<Self>,
    output: UnsafePointer<Self>?, gates: UnsafeMutablePointer<Self>, inner: UnsafeMutablePointer<Self>?,
    h: UnsafeMutablePointer<Self>, c: UnsafeMutablePointer<Self>?, threads: Int32)

  /// The product of a transposed `[k, m]` and `[k, n]`, whose rows may lie apart.
  static func product(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Self>, rowsOf b: UnsafePointer<Self>, _ ldb: Int,
    into y: UnsafeMutablePointer<Self>, _ ldy: Int, threads: Int32)

  static func sumRows(
    _ x: UnsafePointer<Self>, rows: Int, columns: Int, into y: UnsafeMutablePointer<Self>, threads: Int32)
}

/// What a workspace keeps, a row per sample and step; a step's place is the input's.
struct RecurrentKept<S: RecurrentScalar> {
  /// The gates' values, `[rows, gates * units]`.
  let gates: UnsafeMutablePointer<S>
  /// h before the step, `[rows, units]`; nil where no gradient is wanted.
  let before: UnsafeMutablePointer<S>?
  /// LSTM: c before the step; GRU: r h, or h U + b with reset after.
  let extra: UnsafeMutablePointer<S>?

  /// Only the gates, in memory that is not kept.
  init(gates: UnsafeMutablePointer<S>) {
    self.gates = gates
    (before, extra) = (nil, nil)
  }

  /// Views of a workspace.
  init(_ workspace: UnsafeMutableRawPointer, rows: Int, columns: Int, units: Int) {
    func view(_ offset: Int) -> UnsafeMutablePointer<S> { (workspace + offset).assumingMemoryBound(to: S.self) }
    let first = RecurrentWorkspace.tagByteCount
    let second = first + (rows * columns * MemoryLayout<S>.stride).roundedToLines
    gates = view(first)
    before = view(second)
    extra = view(second + (rows * units * MemoryLayout<S>.stride).roundedToLines)
  }
}

extension Int {
  /// The next multiple of 64.
  var roundedToLines: Int { (self + 63) / 64 * 64 }
}

extension Float: RecurrentScalar {
  static func forward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Float>, innerBias: UnsafePointer<Float>?,
    _ kept: RecurrentKept<Float>, output: UnsafeMutablePointer<Float>, h: UnsafeMutablePointer<Float>,
    c: UnsafeMutablePointer<Float>?, threads: Int32
  ) {
    var pass = ck_recurrent_pass_f32(
      recurrent_kernel: recurrentKernel, inner_bias: innerBias, gates: kept.gates, before: kept.before,
      extra: kept.extra, output: output, h: h, c: c)
    ck_recurrent_forward_f32(&sizes, &pass, threads)
  }

  static func backward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Float>, _ kept: RecurrentKept<Float>,
    output: UnsafePointer<Float>?, gates: UnsafeMutablePointer<Float>, inner: UnsafeMutablePointer<Float>?,
    h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>?, threads: Int32
  ) {
    var pass = ck_recurrent_return_f32(
      recurrent_kernel: recurrentKernel, gates: kept.gates, before: kept.before, extra: kept.extra, output: output,
      dgates: gates, dinner: inner, h: h, c: c)
    ck_recurrent_backward_f32(&sizes, &pass, threads)
  }

  static func product(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, rowsOf b: UnsafePointer<Float>, _ ldb: Int,
    into y: UnsafeMutablePointer<Float>, _ ldy: Int, threads: Int32
  ) {
    ck_gemm_f32(1, 0, m, n, k, a, m, b, ldb, 0, y, ldy, threads)
  }

  static func sumRows(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, into y: UnsafeMutablePointer<Float>, threads: Int32
  ) {
    ck_reduce_f32(CK_REDUCE_SUM, x, y, 1, rows, columns, threads)
  }
}

extension Double: RecurrentScalar {
  static func forward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Double>, innerBias: UnsafePointer<Double>?,
    _ kept: RecurrentKept<Double>, output: UnsafeMutablePointer<Double>, h: UnsafeMutablePointer<Double>,
    c: UnsafeMutablePointer<Double>?, threads: Int32
  ) {
    var pass = ck_recurrent_pass_f64(
      recurrent_kernel: recurrentKernel, inner_bias: innerBias, gates: kept.gates, before: kept.before,
      extra: kept.extra, output: output, h: h, c: c)
    ck_recurrent_forward_f64(&sizes, &pass, threads)
  }

  static func backward(
    _ sizes: inout ck_recurrent, _ recurrentKernel: UnsafePointer<Double>, _ kept: RecurrentKept<Double>,
    output: UnsafePointer<Double>?, gates: UnsafeMutablePointer<Double>, inner: UnsafeMutablePointer<Double>?,
    h: UnsafeMutablePointer<Double>, c: UnsafeMutablePointer<Double>?, threads: Int32
  ) {
    var pass = ck_recurrent_return_f64(
      recurrent_kernel: recurrentKernel, gates: kept.gates, before: kept.before, extra: kept.extra, output: output,
      dgates: gates, dinner: inner, h: h, c: c)
    ck_recurrent_backward_f64(&sizes, &pass, threads)
  }

  static func product(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Double>, rowsOf b: UnsafePointer<Double>, _ ldb: Int,
    into y: UnsafeMutablePointer<Double>, _ ldy: Int, threads: Int32
  ) {
    ck_gemm_f64(1, 0, m, n, k, a, m, b, ldb, 0, y, ldy, threads)
  }

  static func sumRows(
    _ x: UnsafePointer<Double>, rows: Int, columns: Int, into y: UnsafeMutablePointer<Double>, threads: Int32
  ) {
    ck_reduce_f64(CK_REDUCE_SUM, x, y, 1, rows, columns, threads)
  }
}
