// Apus's side of Benchmarks/run: one workload in a process of its own, that takes its turns when it is told to.
//
// usage: workloads WORKLOAD|--floor|--list [THREADS]
//
// It talks as peers/worker.py does: on standard output one JSON object a line, first `{"ready": …}` or `{"skip": why}`;
// then, for every line with a number of seconds on standard input, median_ms, best_ms, steps and allocations per step;
// at the end of input `peak_mib`. `--floor` measures what the machine can do.
import Apus
import BackendOneDNN
import BackendOpenBLAS
import Benchmarking
import Glibc
import MallocCounter

func say(_ answer: JSON) {
  print(answer.serialized())
  fflush(nil)
}

func note(_ text: String) {
  let bytes = Array("workloads: \(text)\n".utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}

func fail(_ text: String, code: Int32) -> Never {
  note(text)
  exit(code)
}

func install(_ plugin: any Plugin.Type) {
  do {
    try PluginHost.install(plugin)
  } catch {
    note("\(error)")
  }
}

func measureFloor() throws {
  let floor = try Floor.measure()
  let products = floor.peaks.map { peak -> JSON in
    [
      "backend": .string(peak.backend), "dtype": .string(peak.dtype.rawValue),
      "gflop_per_second": .number(peak.gigaflopsPerSecond),
    ]
  }
  say([
    "threads": .integer(Execution.threads), "gigabytes_per_second": .number(floor.gigabytesPerSecond),
    "products": .array(products),
  ])
}

func takeTurns(_ workload: Workload) throws {
  let prepared: PreparedWorkload
  do {
    prepared = try workload.prepare()
    try Timing.warmUp(prepared.step)
  } catch {
    return say(["skip": .string("\(error)")])
  }
  say([
    "ready": true, "threads": .integer(Execution.threads), "parameters": .integer(prepared.trainableCount),
    "flop": .integer(prepared.cost.flopCount), "bytes": .integer(prepared.cost.byteCount), "version": "apus",
  ])
  while let line = readLine(), let seconds = Double(line) {
    let (memory, calls) = (MemoryStatistics.current, malloc_counter_values())
    let timing = try Timing(seconds: seconds, prepared.step)
    let (after, callsAfter, steps) = (MemoryStatistics.current, malloc_counter_values(), Double(timing.steps))
    say([
      "median_ms": .number(timing.medianMilliseconds), "best_ms": .number(timing.bestMilliseconds),
      "steps": .integer(timing.steps),
      "tensors_per_step": .number(Double(after.requestCount - memory.requestCount) / steps),
      "system_per_step": .number(Double(after.systemAllocationCount - memory.systemAllocationCount) / steps),
      "mallocs_per_step": .number(Double(callsAfter.own - calls.own) / steps),
      "library_mallocs_per_step": .number(Double(callsAfter.libraries - calls.libraries) / steps),
    ])
  }
  say(["peak_mib": .number(MemoryUse.peakMebibytes)])
}

let usage = "usage: workloads WORKLOAD|--floor|--list [THREADS]"
let arguments = CommandLine.arguments.dropFirst()
guard let argument = arguments.first, arguments.count <= 2 else { fail(usage, code: 2) }
let threads = arguments.dropFirst().first.map { Int($0) ?? 0 } ?? Execution.defaultThreadCount
guard threads > 0 else { fail(usage, code: 2) }

install(OneDNNPlugin.self)
install(OpenBLASPlugin.self)
try Execution.$threadCount.withValue(threads) {
  switch argument {
  case "--floor": try measureFloor()
  case "--list": for workload in Workload.all { print(workload.name) }
  default:
    guard let workload = try? Workload.named(argument) else {
      return say(["skip": .string("Apus has no workload \(argument)")])
    }
    try takeTurns(workload)
  }
}
