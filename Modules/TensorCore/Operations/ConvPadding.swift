/// What a convolution or a pooling puts around its input.
public enum ConvPadding: Hashable, Sendable, CustomStringConvertible {
  /// Nothing: windows stay inside the input.
  case valid
  /// As much as the output needs to have `ceil(input / stride)` elements; an odd one goes to the end (Keras's rule).
  case same
  /// Elements before and after each spatial axis. `causal` of Keras's Conv1D is `([(k - 1) * dilation], [0])`.
  case explicit([Int], [Int])

  public var description: String {
    switch self {
    case .valid: "valid"
    case .same: "same"
    case .explicit(let before, let after): "\(before) before and \(after) after"
    }
  }
}
