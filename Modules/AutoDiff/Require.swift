internal import TensorCore

/// Traps with the text of a `CoreError` unless `condition` holds: for what only a programming error can violate.
func require(_ condition: Bool, _ code: CoreError.Code, _ message: @autoclosure () -> String) {
  if !condition { CoreError(code, message()).trap() }
}
