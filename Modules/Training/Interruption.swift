internal import Glibc
internal import Synchronization

/// A request to end `fit` after the current batch, e.g. from Ctrl-C. Safe to make from a signal handler or any thread.
public final class Interruption: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  public func request() { flag.store(true, ordering: .relaxed) }

  public var isRequested: Bool { flag.load(ordering: .relaxed) }

  public func reset() { flag.store(false, ordering: .relaxed) }

  /// The program's own, for a SIGINT handler.
  public static let program = Interruption()

  /// From now on the first SIGINT (Ctrl-C) requests `program`; a second one ends the process as usual.
  public static func catchInterruptSignal() {
    // Made here, since a signal handler must not be the first to make it.
    program.reset()
    signal(SIGINT) { _ in
      signal(SIGINT, SIG_DFL)
      Interruption.program.request()
    }
  }
}
