internal import CKernels

/// What `Reduce` computes. Raw values appear in messages and plans.
public enum ReduceFunction: String, Hashable, Sendable, CaseIterable {
  case sum, mean, max, min, prod, any, all

  /// Bools are bytes 0 and 1, of which `any` is the largest and `all` the smallest.
  var kernel: ck_reduce {
    switch self {
    case .sum: CK_REDUCE_SUM
    case .mean: CK_REDUCE_MEAN
    case .max, .any: CK_REDUCE_MAX
    case .min, .all: CK_REDUCE_MIN
    case .prod: CK_REDUCE_PROD
    }
  }
}
