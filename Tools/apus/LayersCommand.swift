import Apus
import ArgumentParser

struct LayersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "Lists the kinds of layers that model files may use.",
    discussion: """
      EXAMPLE
        apus layers
      """)

  @OptionGroup var output: OutputOptions

  func run() {
    installPlugins()
    let host = PluginHost.shared
    let kinds = host.layers.names.map { ($0, host.origin(of: $0, in: LayerRegistry.self)) }
    output.print(
      .array(kinds.map { ["name": .string($0.0), "plugin": $0.1.map(JSON.string) ?? .null] }),
      text: Console.table(kinds.map { [$0.0, $0.1.map { "plugin \($0)" } ?? "built in"] }))
  }
}
