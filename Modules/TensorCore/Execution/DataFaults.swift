internal import Synchronization

/// What operations find wrong with the values that they are given, where values come from a user and not from a program:
/// a number that is no category, a word that a vocabulary lacks.
///
/// An operation cannot throw. It reports and goes on with some value; whoever collects throws the first report. Where
/// nobody collects, a report traps.
public enum DataFaults {
  private final class Box: Sendable {
    let first = Mutex<CoreError?>(nil)
  }

  @TaskLocal private static var box: Box?

  /// Reports values that an operation cannot take.
  public static func report(_ error: CoreError) {
    guard let box else { error.trap() }
    let placed = Execution.layerPath.isEmpty ? error : error.inside(Execution.layerPath)
    box.first.withLock { if $0 == nil { $0 = placed } }
  }

  /// What `body` returns. Throws what it throws, or the first of the reports.
  public static func collecting<Result>(_ body: () throws(CoreError) -> Result) throws(CoreError) -> Result {
    let box = Box()
    let result: Swift.Result<Result, CoreError> = $box.withValue(box) {
      do throws(CoreError) { return .success(try body()) } catch { return .failure(error) }
    }
    if let error = box.first.withLock({ $0 }) { throw error }
    return try result.get()
  }
}
