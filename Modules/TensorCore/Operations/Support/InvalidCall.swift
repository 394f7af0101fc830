/// A call that no operation could be made for (an axis that does not exist, a size that does not divide).
///
/// Its shape rule throws the reason. So such a call traps in eager code and makes a graph capture throw, exactly as a
/// violated shape rule does.
struct InvalidCall: Operation {
  static let name = "invalid_call"

  let code: CoreError.Code
  let message: String

  /// Not inlined: the optimizer of Swift 6.3.1 crashes on the funnel specialised for a rule that it sees always throw.
  @inline(never)
  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] { throw CoreError(code, message) }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { CoreError(code, message).trap() }
}

extension Tensor {
  /// Reports a call on this tensor that cannot be made.
  func invalid(_ message: String, code: CoreError.Code = .shapeMismatch) -> Tensor {
    Tensor.apply(InvalidCall(code: code, message: message), self)
  }
}
