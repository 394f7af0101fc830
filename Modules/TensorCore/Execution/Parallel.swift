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
    typealias Body = (Range<Int>) -> Void
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { context in
        ck_parallel(
          count, grain, Int32(clamping: threads),
          { context, begin, end in context!.assumingMemoryBound(to: Body.self).pointee(begin..<end) },
          UnsafeMutableRawPointer(mutating: context))
      }
    }
  }
}
