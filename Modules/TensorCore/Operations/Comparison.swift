internal import CKernels

/// What `Compare` asks. Raw values appear in messages and plans.
public enum Comparison: String, Hashable, Sendable, CaseIterable {
  case eq, ne, lt, le, gt, ge

  var kernel: ck_compare {
    switch self {
    case .eq: CK_COMPARE_EQ
    case .ne: CK_COMPARE_NE
    case .lt: CK_COMPARE_LT
    case .le: CK_COMPARE_LE
    case .gt: CK_COMPARE_GT
    case .ge: CK_COMPARE_GE
    }
  }
}
