internal import CKernels

/// What `Logical` computes. Raw values appear in messages and plans.
public enum LogicalFunction: String, Hashable, Sendable, CaseIterable {
  case and, or, xor

  var kernel: ck_logical {
    switch self {
    case .and: CK_LOGICAL_AND
    case .or: CK_LOGICAL_OR
    case .xor: CK_LOGICAL_XOR
    }
  }
}
