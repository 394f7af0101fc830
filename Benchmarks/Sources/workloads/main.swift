import Apus
import BackendOpenBLAS
import Foundation

// usage: workloads NAME [SECONDS]   prints one JSON object on one line, with the keys of peers.py
let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let workload = Workload.all.first(where: { $0.name == name }) else {
  FileHandle.standardError.write(Data("workloads: expected one of \(Workload.all.map(\.name))\n".utf8))
  exit(2)
}
let seconds = arguments.dropFirst().first.flatMap(Double.init) ?? 5

try PluginHost.install(OpenBLASPlugin.self)
let step = try workload.make()
for _ in 0..<5 { try step() }

let before = MemoryStatistics.current
var times: [Double] = []
let clock = ContinuousClock()
let end = clock.now + .seconds(seconds)
while clock.now < end || times.count < 10 {
  let elapsed = try clock.measure { try step() }
  times.append(Double(elapsed.components.attoseconds) * 1e-15 + Double(elapsed.components.seconds) * 1e3)
}
let after = MemoryStatistics.current
times.sort()

let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
let peakLine = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
let peak = peakLine?.split(whereSeparator: { !$0.isNumber }).compactMap { Double($0) }
let rounded = { (value: Double) in JSON.number((value * 1e4).rounded() / 1e4) }
let steps = Double(times.count)
let result: JSON = [
  "peer": "apus", "workload": .string(name), "median_ms": rounded(times[times.count / 2]), "best_ms": rounded(times[0]),
  "steps": .integer(times.count), "peak_mib": rounded((peak?.first ?? 0) / 1024),
  "threads": .integer(Execution.threads),
  "tensors_per_step": rounded(Double(after.requestCount - before.requestCount) / steps),
  "system_allocations_per_step": rounded(Double(after.systemAllocationCount - before.systemAllocationCount) / steps),
]
print(result.serialized())
