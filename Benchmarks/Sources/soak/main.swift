// Trains for many steps and holds the memory to what the first steps needed.
//
// usage: soak [WORKLOAD] [STEPS] [BACKEND...]    (lenet_train, 10,000 steps, on every backend that can be loaded)
//
// Prints a line ten times on the way. Exits 1 where the process or the pool grew after the first tenth, or where a step
// asked the system for memory.
import Apus
import BackendOneDNN
import BackendOpenBLAS
import Benchmarking
import Glibc

/// Pages of this process that lie in memory, in MiB.
func residentMebibytes() -> Double {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, 128, file) != nil else { return 0 }
  let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
    separator: " ")
  return (Double(fields.dropFirst().first ?? "0") ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
}

func complain(_ text: String) { _ = write(2, text, text.utf8.count) }

func fixed(_ number: Double) -> String {
  let tenths = Int((number * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}

struct Snapshot {
  let resident = residentMebibytes()
  let pool = MemoryStatistics.current

  var text: String {
    "\(fixed(resident)) MiB resident, pool: \(fixed(Double(pool.heldByteCount) / 1_048_576)) MiB held, "
      + "\(fixed(Double(pool.peakByteCount) / 1_048_576)) MiB at most in use, "
      + "\(pool.systemAllocationCount) allocations from the system"
  }
}

func soak(_ name: String, steps: Int) throws -> Bool {
  let prepared = try Workload.named(name).prepare()
  let part = max(1, steps / 10)
  var first: Snapshot?
  for index in 1...max(steps, 10) {
    try prepared.step()
    guard index % part == 0 else { continue }
    let now = Snapshot()
    print("\(name), step \(index): \(now.text)")
    fflush(nil)
    if first == nil { first = now }
  }
  guard let first else { return false }
  let last = Snapshot()
  let grown = last.resident - first.resident
  // A fiftieth, and 8 MiB, are what the allocator's own bookkeeping may take over the hours.
  let isFlat = grown <= max(8, first.resident / 50) && last.pool.heldByteCount <= first.pool.heldByteCount + 1 << 20
  let asked = last.pool.systemAllocationCount - first.pool.systemAllocationCount
  print("\(name): \(fixed(grown < 0 ? 0 : grown)) MiB more than after the first tenth, \(asked) more allocations")
  return isFlat && asked <= steps / 1000
}

let arguments = CommandLine.arguments
let steps = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 10_000
guard steps >= 10 else {
  complain("usage: soak [WORKLOAD] [STEPS, at least 10] [BACKEND...]\n")
  exit(2)
}
let wanted = Set(arguments.dropFirst(3))
for plugin in [OneDNNPlugin.self, OpenBLASPlugin.self] as [any Plugin.Type]
where wanted.isEmpty || wanted.contains(plugin.name) {
  do {
    try PluginHost.install(plugin)
  } catch {
    complain("note: \(error)\n")
  }
}
do {
  let isFlat = try soak(arguments.count > 1 ? arguments[1] : "lenet_train", steps: steps)
  if !isFlat { complain("soak: the memory grew; see above.\n") }
  exit(isFlat ? 0 : 1)
} catch {
  complain("soak: \(error)\n")
  exit(1)
}
