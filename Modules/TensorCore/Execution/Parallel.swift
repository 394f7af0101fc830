internal import CKernels

extension Execution {
  /// Calls `body` on ranges that cover `0..<count` once, on up to `threads` threads. Ranges begin at multiples of
  /// `grain`; `body` must write to different elements for different ranges. Inside another region it runs serially.
  package static func parallel(count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    typealias Body = (Range<Int>) -> Void
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { context in
        ck_parallel(
          count, grain, threads32,
          { context, begin, end in context!.assumingMemoryBound(to: Body.self).pointee(begin..<end) },
          UnsafeMutableRawPointer(mutating: context))
      }
    }
  }
}
