import Apus
import ArgumentParser
import Benchmarking

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures how fast standard tasks run here, and how near to what the machine can do.",
    discussion: """
      The floor is measured first: the best rate of a large matrix product over the backends, and the rate at which \
      memory moves. A task cannot take less time than its arithmetic and its bytes at these rates; "of floor" is that \
      time divided by the median. Without names, every task is measured.

      EXAMPLE
        apus bench lenet_train --profile
      """)

  @Argument(help: ArgumentHelp("The tasks to measure; \"apus bench --list\" names them.", valueName: "workload"))
  var workloads: [String] = []

  @Flag(help: "List the tasks and end.")
  var list = false

  @Option(help: ArgumentHelp("Measure each for this long.", valueName: "s"))
  var seconds = 3.0

  @Option(
    defaultAsFlag: BenchCommand.tableOnly,
    help: ArgumentHelp(
      "Say where the time goes, by layer, operation and backend. With a file, also write a trace there for "
        + "ui.perfetto.dev or chrome://tracing; of several tasks, that of the last.", valueName: "file.json"))
  var profile: String?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  private static let tableOnly = ""

  private var tracePath: String? { profile == Self.tableOnly ? nil : profile }

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("found \(seconds) seconds, expected a number above 0, 3600 at most")
    }
    if let path = tracePath, !path.hasSuffix(".json") {
      throw ValidationError("found --profile \(path), expected a file that ends in .json, or nothing: put it last")
    }
    let known = Workload.all.map(\.name)
    for name in workloads where !known.contains(name) {
      throw ValidationError("found no task \"\(name)\", expected some of \(known.joined(separator: ", "))")
    }
  }

  func run() throws {
    if list { return printList() }
    try OutputFile.check(tracePath)
    try compute.run {
      let floor = try Floor.measure()
      let chosen = try workloads.isEmpty ? Workload.all : workloads.map(Workload.named)
      var report = BenchReport(floor: floor)
      if !output.json { Console.printNow(report.heading) }
      for workload in chosen {
        if Console.isWatched { Console.write("\r\(workload.name) …\u{1B}[K") }
        let row = try measure(workload, floor)
        if Console.isWatched { Console.write("\r\u{1B}[K") }
        report.rows.append(row)
        if !output.json { Console.printNow(report.line(row)) }
      }
      if output.json { print(report.json.serialized(pretty: true)) }
    }
  }

  private func measure(_ workload: Workload, _ floor: Floor) throws -> BenchReport.Row {
    do {
      let result = try BenchmarkResult.measure(workload, seconds: seconds, floor: floor)
      guard profile != nil else { return BenchReport.Row(workload: workload, result: result) }
      let profiler = try workload.profiled(runs: BenchReport.profiledRuns)
      if let tracePath { try profiler.trace.write(to: tracePath) }
      return BenchReport.Row(workload: workload, result: result, profiler: profiler)
    } catch let error as CoreError where workloads.isEmpty {
      // One of many that this machine or backend cannot do does not end the rest.
      return BenchReport.Row(workload: workload, failure: error)
    }
  }

  private func printList() {
    let rows = Workload.all.map {
      [$0.name, $0.goal.rawValue, "batch \($0.batchSize)", $0.precision.rawValue, $0.summary]
    }
    let json = Workload.all.map { workload -> JSON in
      [
        "name": .string(workload.name), "goal": .string(workload.goal.rawValue),
        "batch_size": .integer(workload.batchSize), "precision": .string(workload.precision.rawValue),
        "summary": .string(workload.summary),
      ]
    }
    output.print(.array(json), text: Console.table(rows))
  }
}
