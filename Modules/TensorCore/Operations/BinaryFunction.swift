internal import CKernels

/// What `Binary` computes. Raw values appear in messages and plans.
public enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, sub, mul, div, max, min, pow, mod, squaredDifference, atan2

  var kernel: ck_binary {
    switch self {
    case .add: CK_BINARY_ADD
    case .sub: CK_BINARY_SUB
    case .mul: CK_BINARY_MUL
    case .div: CK_BINARY_DIV
    case .max: CK_BINARY_MAX
    case .min: CK_BINARY_MIN
    case .pow: CK_BINARY_POW
    case .mod: CK_BINARY_MOD
    case .squaredDifference: CK_BINARY_SQUARED_DIFFERENCE
    case .atan2: CK_BINARY_ATAN2
    }
  }
}
