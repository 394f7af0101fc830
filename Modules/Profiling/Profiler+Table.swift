internal import TensorCore

extension Profiler: CustomStringConvertible {
  /// Three tables: operations by layer, sums per operation, and what was spent outside of operations.
  ///
  /// - Parameters:
  ///   - runs: how many runs of the same were measured; times, operations and bytes are per run.
  ///   - limit: the most lines of the first table; what is left is one line.
  public func table(runs: Int = 1, limit: Int = 40) -> String {
    let scale = 1 / Double(max(1, runs))
    let total = operationTime.inSeconds
    var rows = [["layer", "operation", "backend", "calls", "ms", "%", "GFLOP/s", "GB/s"]]
    let entries = entries
    for entry in entries.prefix(limit) { rows.append(Self.row(entry, entry.layerPath, scale, total)) }
    if entries.count > limit {
      var rest = entries[limit]
      for entry in entries.dropFirst(limit + 1) { rest.add(entry) }
      (rest.operation, rest.backendName) = ("\(entries.count - limit) more", "")
      rows.append(Self.row(rest, "", scale, total))
    }
    var sums = [["operation", "backend", "calls", "ms", "%", "GFLOP/s", "GB/s"]]
    for entry in entriesByOperation { sums.append(Array(Self.row(entry, "", scale, total).dropFirst())) }
    return [TextTable.lines(rows, leading: 3), TextTable.lines(sums, leading: 2), summary(scale)]
      .joined(separator: "\n\n")
  }

  public var description: String { table() }

  private static func row(_ entry: ProfileEntry, _ path: String, _ scale: Double, _ total: Double) -> [String] {
    let seconds = entry.time.inSeconds
    return [
      path, entry.operation, entry.backendName ?? "portable", (Double(entry.callCount) * scale).text(decimals: 0),
      (seconds * 1e3 * scale).text(decimals: 4), (total > 0 ? 100 * seconds / total : 0).text(decimals: 1),
      entry.flopCount > 0 ? entry.gigaflopsPerSecond.text(decimals: 0) : "–",
      entry.gigabytesPerSecond.text(decimals: 1),
    ]
  }

  private func summary(_ scale: Double) -> String {
    let (wall, inside) = (wallTime.inSeconds * 1e3 * scale, operationTime.inSeconds * 1e3 * scale)
    let flops = entries.reduce(0) { $0 + $1.flopCount }
    return "\(wall.text(decimals: 4)) ms a run, \(inside.text(decimals: 4)) ms of it in operations, "
      + "\((Double(flops) * 1e-9 * scale).text(decimals: 3)) GFLOP"
  }
}
