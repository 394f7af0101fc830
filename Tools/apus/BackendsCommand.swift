import Apus
import ArgumentParser

struct BackendsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backends",
    abstract: "Lists what can compute, in the order in which it is asked.",
    discussion: """
      A backend computes some operations faster. What none of them takes, the operations compute themselves: \
      "portable".

      EXAMPLE
        apus backends
      """)

  @OptionGroup var output: OutputOptions

  func run() {
    installPlugins()
    let host = PluginHost.shared
    var rows: [[String]] = []
    var json: [JSON] = []
    for backend in host.backendChain {
      let origin = host.origin(of: backend.name, in: BackendRegistry.self)
      let operations = backend.kernels.operationNames
      rows.append([backend.name, origin.map { "plugin \($0)" } ?? "built in", operations.joined(separator: ", ")])
      json.append(
        [
          "name": .string(backend.name), "plugin": origin.map(JSON.string) ?? .null,
          "operations": .array(operations.map(JSON.string)),
        ])
    }
    rows.append([ComputeOptions.portable, "built in", "every operation"])
    json.append(["name": .string(ComputeOptions.portable), "plugin": .null, "operations": .null])
    output.print(.array(json), text: Console.table(rows))
  }
}
