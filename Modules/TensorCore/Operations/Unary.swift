internal import CKernels

/// A function of one number, applied to every element. Same shape and dtype out as in.
///
/// float32 and float64; the functions with `acceptsIntegers` take int32, int64 and uint8 as well; `logicalNot` takes
/// bool only.
public struct Unary: Operation {
  public static let name = "unary"

  public var op: UnaryFunction

  public init(op: UnaryFunction) { self.op = op }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    if op == .logicalNot {
      try expect(inputs[0], .bool, op.rawValue)
    } else if op.acceptsIntegers {
      try expectArithmetic(inputs[0], op.rawValue)
    } else {
      try expectFloating(inputs[0], op.rawValue)
    }
    return inputs
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    guard let kernel = op.kernel else {
      return ck_logical_not(x.source(), y.destination(), x.elementCount, threads)
    }
    switch x.dtype {
    case .float32: ck_unary_f32(kernel, x.source(), y.destination(), x.elementCount, threads)
    case .float64: ck_unary_f64(kernel, x.source(), y.destination(), x.elementCount, threads)
    case .int32: _ = ck_unary_i32(kernel, x.source(), y.destination(), x.elementCount, threads)
    case .int64: _ = ck_unary_i64(kernel, x.source(), y.destination(), x.elementCount, threads)
    case .uint8: evaluateBytes(x.source(), y.destination(), x.elementCount)
    default: x.dtype.hasNoKernel(op.rawValue)
    }
  }

  /// Bytes have no sign, so most functions leave them as they are.
  private func evaluateBytes(_ x: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<UInt8>, _ count: Int) {
    for index in 0..<count {
      y[index] =
        switch op {
        case .neg: 0 &- x[index]
        case .sign: x[index] == 0 ? 0 : 1
        case .square: x[index] &* x[index]
        default: x[index]
        }
    }
  }
}

extension Tensor {
  /// -x
  public func negated() -> Tensor { Tensor.apply(Unary(op: .neg), self) }

  public static prefix func - (x: Tensor) -> Tensor { x.negated() }

  /// |x|
  public func abs() -> Tensor { Tensor.apply(Unary(op: .abs), self) }

  /// -1, 0 or 1; NaN stays.
  public func sign() -> Tensor { Tensor.apply(Unary(op: .sign), self) }

  public func exp() -> Tensor { Tensor.apply(Unary(op: .exp), self) }

  /// exp(x) - 1, exact near 0.
  public func expm1() -> Tensor { Tensor.apply(Unary(op: .expm1), self) }

  /// The natural logarithm.
  public func log() -> Tensor { Tensor.apply(Unary(op: .log), self) }

  /// log(1 + x), exact near 0.
  public func log1p() -> Tensor { Tensor.apply(Unary(op: .log1p), self) }

  public func sqrt() -> Tensor { Tensor.apply(Unary(op: .sqrt), self) }

  /// 1 / sqrt(x)
  public func rsqrt() -> Tensor { Tensor.apply(Unary(op: .rsqrt), self) }

  /// 1 / x
  public func reciprocal() -> Tensor { Tensor.apply(Unary(op: .reciprocal), self) }

  /// x * x
  public func square() -> Tensor { Tensor.apply(Unary(op: .square), self) }

  public func sin() -> Tensor { Tensor.apply(Unary(op: .sin), self) }

  public func cos() -> Tensor { Tensor.apply(Unary(op: .cos), self) }

  public func tan() -> Tensor { Tensor.apply(Unary(op: .tan), self) }

  public func tanh() -> Tensor { Tensor.apply(Unary(op: .tanh), self) }

  /// 1 / (1 + exp(-x))
  public func sigmoid() -> Tensor { Tensor.apply(Unary(op: .sigmoid), self) }

  /// The error function.
  public func erf() -> Tensor { Tensor.apply(Unary(op: .erf), self) }

  public func floor() -> Tensor { Tensor.apply(Unary(op: .floor), self) }

  public func ceil() -> Tensor { Tensor.apply(Unary(op: .ceil), self) }

  /// The nearest integer; halves go to the even one, as in NumPy.
  public func rounded() -> Tensor { Tensor.apply(Unary(op: .round), self) }

  /// log(1 + exp(x))
  public func softplus() -> Tensor { Tensor.apply(Unary(op: .softplus), self) }

  /// Of a bool tensor.
  public func logicalNot() -> Tensor { Tensor.apply(Unary(op: .logicalNot), self) }
}
