/// Whether something is computed by a plan, which is faster, or operation by operation.
///
/// Written as a Bool, `true` is `required` and `false` is `never`.
public enum Compilation: String, Sendable, CaseIterable {
  /// By a plan where one can be made, operation by operation otherwise.
  case automatic
  /// By a plan; where none can be made that is an error.
  case required
  /// Operation by operation.
  case never
}

extension Compilation: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self.init(value) }

  public init(_ isCompiled: Bool) { self = isCompiled ? .required : .never }
}
