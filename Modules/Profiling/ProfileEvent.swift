public import TensorCore

/// One run of an operation.
public struct ProfileEvent: Sendable {
  public var run: OperationRun
  /// From the making of the profiler on.
  public var start: Duration
  /// The thread's number, in the order in which threads were seen.
  public var thread: Int

  init(_ run: OperationRun, thread: Int, since origin: ContinuousClock.Instant) {
    (self.run, self.thread, start) = (run, thread, origin.duration(to: run.start))
  }
}

/// One call of `Profiler.run`.
public struct ProfileSpan: Sendable {
  public var name: String
  /// The thread's number, in the order in which threads were seen.
  public var thread: Int
  /// From the making of the profiler on.
  public var start: Duration
  public var duration: Duration
}
