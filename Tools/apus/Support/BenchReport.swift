import Apus
import Benchmarking

/// What `apus bench` prints.
struct BenchReport {
  struct Row {
    let workload: Workload
    var result: BenchmarkResult?
    var profiler: Profiler?
    var failure: CoreError?
  }

  /// How many steps a profile is made of.
  static let profiledRuns = 10

  let floor: Floor
  var rows: [Row] = []

  private static let widths = [24, 11, 11, 7, 9, 9, 9, 13]

  /// The floor, and the names of the columns.
  var heading: String {
    let peaks = floor.peaks.map { "\($0.backend) \($0.dtype) \($0.gigaflopsPerSecond.text(decimals: 0)) GFLOP/s" }
    let columns = ["task", "median ms", "best ms", "steps", "floor ms", "of floor", "peak MiB", "system allocs"]
    return "\(Execution.threads) threads; 2048³ product: \(peaks.joined(separator: ", ")); memory: "
      + "\(floor.gigabytesPerSecond.text(decimals: 1)) GB/s\n\n" + Self.aligned(columns)
  }

  /// One task, and its profile below it.
  func line(_ row: Row) -> String {
    guard let result = row.result else { return "\(row.workload.name)  – \(row.failure?.description ?? "")\n" }
    var text = Self.aligned([
      row.workload.name, result.timing.medianMilliseconds.text(decimals: 4),
      result.timing.bestMilliseconds.text(decimals: 4), "\(result.timing.steps)",
      result.floorMilliseconds?.text(decimals: 4) ?? "–", result.floorFraction?.text(decimals: 3) ?? "–",
      result.peakMebibytes.text(decimals: 0), result.systemAllocationsPerStep.text(decimals: 3),
    ])
    if let profiler = row.profiler { text += "\n\(profiler.table(runs: Self.profiledRuns))\n\n" }
    return text
  }

  private static func aligned(_ cells: [String]) -> String {
    zip(cells, widths).enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index == 0 ? cell.0 + space : space + cell.0
    }.joined(separator: " ") + "\n"
  }

  var json: JSON {
    let peaks = floor.peaks.map { peak -> JSON in
      [
        "backend": .string(peak.backend), "dtype": .string(peak.dtype.rawValue),
        "gflop_per_second": .number(peak.gigaflopsPerSecond),
      ]
    }
    return [
      "threads": .integer(Execution.threads),
      "floor": ["products": .array(peaks), "gigabytes_per_second": .number(floor.gigabytesPerSecond)],
      "workloads": .array(rows.map(Self.json)),
    ]
  }

  private static func json(_ row: Row) -> JSON {
    guard let result = row.result else {
      return ["name": .string(row.workload.name), "error": .string(row.failure?.description ?? "")]
    }
    return [
      "name": .string(row.workload.name), "batch_size": .integer(row.workload.batchSize),
      "precision": .string(row.workload.precision.rawValue), "parameters": .integer(result.trainableCount),
      "median_ms": .number(result.timing.medianMilliseconds), "best_ms": .number(result.timing.bestMilliseconds),
      "steps": .integer(result.timing.steps), "flop": .integer(result.cost.flopCount),
      "bytes": .integer(result.cost.byteCount), "floor_ms": result.floorMilliseconds.map(JSON.number) ?? .null,
      "floor_fraction": result.floorFraction.map(JSON.number) ?? .null, "peak_mib": .number(result.peakMebibytes),
      "tensors_per_step": .number(result.tensorsPerStep),
      "system_allocations_per_step": .number(result.systemAllocationsPerStep),
      "profile": row.profiler.map { .array($0.entries.map(json)) } ?? .null,
    ]
  }

  /// An entry per step.
  private static func json(_ entry: ProfileEntry) -> JSON {
    let scale = 1 / Double(profiledRuns)
    let (seconds, attoseconds) = entry.time.components
    let milliseconds = (Double(seconds) * 1e3 + Double(attoseconds) * 1e-15) * scale
    return [
      "operation": .string(entry.operation), "layer": .string(entry.layerPath),
      "backend": .string(entry.backendName ?? ComputeOptions.portable),
      "calls": .number(Double(entry.callCount) * scale), "ms": .number(milliseconds),
      "gflop_per_second": .number(entry.gigaflopsPerSecond), "bytes": .number(Double(entry.byteCount) * scale),
    ]
  }
}
