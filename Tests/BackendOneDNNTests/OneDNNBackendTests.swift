import BackendOneDNN
import TensorCore
import TestKit
import Testing

@Suite struct OneDNNBackendTests {
  @Test func theWholeCorpusAgreesWithThePortableRules() throws {
    let report = try checkBackend(OneDNNBackend())
    #expect(report.accelerated.contains { $0.hasPrefix("matmul") })
  }

  @Test func itSaysWhichVersionRuns() throws {
    let version = try OneDNNBackend().libraryVersion
    #expect(version.hasPrefix("2.") || version.hasPrefix("3."))
  }

  @Test func pluginTellsTheHostWhereTheBackendCameFrom() throws {
    var host = PluginHost()
    try host.install(OneDNNPlugin.self)
    #expect(host.plugins == ["onednn"])
    #expect(host.backendChain.map(\.name) == ["onednn"])
    #expect(host.origin(of: "onednn", in: BackendRegistry.self) == "onednn")
  }
}
