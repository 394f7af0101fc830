internal import CKernels

/// What `Unary` computes. Raw values appear in messages and plans.
public enum UnaryFunction: String, Hashable, Sendable, CaseIterable {
  case neg, abs, sign, exp, expm1, log, log1p, sqrt, rsqrt, reciprocal, square, sin, cos, tan, tanh, sigmoid, erf
  case floor, ceil, round, softplus
  case logicalNot

  /// Whether it is defined for integers too.
  public var acceptsIntegers: Bool {
    switch self {
    case .neg, .abs, .sign, .square, .floor, .ceil, .round: true
    default: false
    }
  }

  /// nil for `logicalNot`, whose kernel is another function.
  var kernel: ck_unary? {
    switch self {
    case .neg: CK_UNARY_NEG
    case .abs: CK_UNARY_ABS
    case .sign: CK_UNARY_SIGN
    case .exp: CK_UNARY_EXP
    case .expm1: CK_UNARY_EXPM1
    case .log: CK_UNARY_LOG
    case .log1p: CK_UNARY_LOG1P
    case .sqrt: CK_UNARY_SQRT
    case .rsqrt: CK_UNARY_RSQRT
    case .reciprocal: CK_UNARY_RECIPROCAL
    case .square: CK_UNARY_SQUARE
    case .sin: CK_UNARY_SIN
    case .cos: CK_UNARY_COS
    case .tan: CK_UNARY_TAN
    case .tanh: CK_UNARY_TANH
    case .sigmoid: CK_UNARY_SIGMOID
    case .erf: CK_UNARY_ERF
    case .floor: CK_UNARY_FLOOR
    case .ceil: CK_UNARY_CEIL
    case .round: CK_UNARY_ROUND
    case .softplus: CK_UNARY_SOFTPLUS
    case .logicalNot: nil
    }
  }
}
