/// What `checkBackend` ran.
public struct BackendReport: Sendable {
  /// How many cases ran, one per element type.
  public internal(set) var caseCount = 0
  /// The names of the cases that the backend has a kernel for.
  public internal(set) var accelerated: [String] = []
}
