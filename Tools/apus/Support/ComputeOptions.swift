import Apus
import ArgumentParser

/// What every subcommand that computes can be told about how.
struct ComputeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Compute with this backend alone; \"apus backends\" lists them.", valueName: "name"))
  var backend: String?

  @Option(help: ArgumentHelp("How many threads may compute (default: one per core).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("found \(threads) threads, expected 1 or more") }
  }

  /// Runs `body` with the plugins installed, on the chosen backend.
  ///
  /// - Parameters:
  ///   - multiplications: an estimate of what there is to compute. Loading the libraries takes about 10 ms, in which our own
  ///     kernels do some hundred million: for less, they stay where they are unless a backend is asked for by name.
  ///   - body: what computes.
  func run<R>(multiplications: Int = .max, _ body: () throws -> R) throws -> R {
    if multiplications > 100_000_000 || backend != nil { installPlugins() }
    return try Execution.$threadCount.withValue(threads) {
      try Execution.$backends.withValue(try chosenBackends()) { try body() }
    }
  }

  private func chosenBackends() throws(CoreError) -> [any Backend]? {
    guard let backend else { return nil }
    if backend == ComputeOptions.portable { return [] }
    let known = PluginHost.shared.backends
    guard let entry = known[backend] else {
      let names = (known.names + [ComputeOptions.portable]).joined(separator: ", ")
      throw CoreError(.unknownName, "found no backend \"\(backend)\", expected one of \(names)")
    }
    return [entry.backend]
  }

  /// The name of computing without a backend, by the operations' own definitions.
  static let portable = "portable"
}
