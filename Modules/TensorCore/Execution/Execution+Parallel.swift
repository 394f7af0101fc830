internal import CKernels

extension Execution {
  /// Splits `0..<count` into ranges of at least `grain` and runs them on the program's one thread team, this thread
  /// included. For kernels; every range is run exactly once, in any order.
  ///
  /// Inside a parallel region, or while the team works for another caller, it runs here, one range after the other.
  public static func parallel(
    _ count: Int, grain: Int = 1, threads: Int = Execution.threads, _ body: @Sendable (Range<Int>) -> Void
  ) {
    guard count > 0 else { return }
    withoutActuallyEscaping(body) { body in
      var work = ParallelWork(body: body)
      withUnsafeMutablePointer(to: &work) { pointer in
        ck_parallel(
          count, max(grain, 1), Int32(clamping: threads),
          { context, begin, end in
            context!.assumingMemoryBound(to: ParallelWork.self).pointee.body(begin..<end)
          }, pointer)
      }
    }
  }

  private struct ParallelWork {
    let body: @Sendable (Range<Int>) -> Void
  }
}
