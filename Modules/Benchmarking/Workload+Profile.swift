public import Profiling
internal import TensorCore

extension Workload {
  /// Some steps of it, watched by a profiler, after the first steps have done what is done once.
  public func profiled(runs: Int) throws -> Profiler {
    let prepared = try prepare()
    try Timing.warmUp(prepared.step)
    let profiler = Profiler()
    for _ in 0..<max(1, runs) { try profiler.run(name) { try prepared.step() } }
    return profiler
  }
}
