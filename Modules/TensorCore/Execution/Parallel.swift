internal import CKernels

extension Execution {
  /// Calls `body` on ranges that cover `0..<count` once, on up to `threads` threads of the program's one team, this
  /// thread included. Ranges begin at multiples of `grain`. For kernels.
  ///
  /// `body` must write to different bytes for different ranges: it runs on several threads at once. Inside another
  /// region, or while the team works for another caller, it runs here, one range after the other.
  public static func parallel(
    count: Int, grain: Int = 1, threads: Int = Execution.threads, _ body: (Range<Int>) -> Void
  ) {
    guard count > grain, threads > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: ParallelBody(call: body)) { context in
        ck_parallel(
          count, grain, Int32(clamping: threads),
          { context, begin, end in context!.assumingMemoryBound(to: ParallelBody.self).pointee.call(begin..<end) },
          UnsafeMutableRawPointer(mutating: context))
      }
    }
  }

  /// Calls `body`, whose kernels get at most so many threads, whatever they ask for. Costs nothing, where a task-local
  /// `threadCount` would have to be allocated.
  package static func limitingThreads(to count: Int, _ body: () -> Void) {
    let before = ck_limit_threads(Int32(clamping: count))
    body()
    _ = ck_limit_threads(before)
  }

  /// A team of threads that is not ours: calls `member(argument)` on this thread and on up to `threads - 1` others at the
  /// same time, and returns when all calls have returned.
  public typealias Team =
    @convention(c) (
      _ member: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?, _ argument: UnsafeMutableRawPointer?,
      _ threads: Int32
    ) -> Void

  /// Runs all kernels' regions on another team of threads, so that one set of threads serves a library and us; nil
  /// restores ours. For backends whose library brings threads of its own.
  ///
  /// - Parameter team: who runs regions from now on; those that run already end where they began.
  public static func useTeam(_ team: Team?) { ck_set_parallel_runner(team) }
}

/// A closure as C hands it on.
private struct ParallelBody {
  let call: (Range<Int>) -> Void
}
