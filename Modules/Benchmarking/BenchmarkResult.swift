internal import TensorCore

/// One workload, measured.
public struct BenchmarkResult: Sendable {
  public var workload: Workload
  public var timing: Timing
  public var cost: WorkloadCost
  public var floor: Floor
  public var trainableCount: Int
  public var threads: Int
  public var peakMebibytes: Double
  /// Tensors that asked for memory, per step.
  public var tensorsPerStep: Double
  /// How often memory had to come from the system, per step.
  public var systemAllocationsPerStep: Double

  /// The least that a step could take, in milliseconds; nil where the peak of its precision is not known.
  public var floorMilliseconds: Double? { floor.milliseconds(cost, workload.precision) }

  /// How near to the floor it is: 1 is on it.
  public var floorFraction: Double? { floorMilliseconds.map { $0 / timing.medianMilliseconds } }

  /// Prepares, warms up and measures a workload.
  ///
  /// - Parameters:
  ///   - workload: what is measured.
  ///   - seconds: for how long, at least.
  ///   - floor: what the machine can do.
  /// - Throws: `CoreError` where the workload cannot be prepared.
  public static func measure(_ workload: Workload, seconds: Double, floor: Floor) throws -> BenchmarkResult {
    MemoryUse.resetPeak()
    let prepared = try workload.prepare()
    try Timing.warmUp(prepared.step)
    let before = MemoryStatistics.current
    let timing = try Timing(seconds: seconds, prepared.step)
    let after = MemoryStatistics.current
    let steps = Double(timing.steps)
    return BenchmarkResult(
      workload: workload, timing: timing, cost: prepared.cost, floor: floor, trainableCount: prepared.trainableCount,
      threads: Execution.threads, peakMebibytes: MemoryUse.peakMebibytes,
      tensorsPerStep: Double(after.requestCount - before.requestCount) / steps,
      systemAllocationsPerStep: Double(after.systemAllocationCount - before.systemAllocationCount) / steps)
  }
}
