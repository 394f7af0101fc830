import Synchronization
import TensorCore
import Testing

@Suite struct PluginHostTests {
  enum Colours: RegistryKey {
    static var builtIn: Registry<Int> { Registry(["black": 0]) }
  }

  enum Painter: Plugin {
    static let name = "painter"
    static func install(into host: inout PluginHost) throws(CoreError) {
      host.register(Colours.self, "red", 1)
      host.register(Doubling(name: "low"), priority: 1)
      host.register(Doubling(name: "high"), priority: 2)
    }
  }

  enum Failing: Plugin {
    static let name = "failing"
    static func install(into host: inout PluginHost) throws(CoreError) {
      host.register(Colours.self, "blue", 2)
      throw CoreError(.backendUnavailable, "there is no such library here")
    }
  }

  /// Doubles vectors instead of negating them; declines everything else.
  struct Doubling: Backend {
    let name: String
    var kernels: KernelTable {
      var table = KernelTable()
      table.register(Unary.self) { operation, request in
        guard operation.op == .neg, request.inputs[0].rank == 1, request.inputs[0].dtype == .float32 else { return nil }
        let count = request.inputs[0].elementCount
        return Kernel(scratchByteCount: count * 4) { arguments in
          let (x, y) = (arguments.inputs[0], arguments.outputs[0])
          for index in 0..<count {
            let value = x.load(fromByteOffset: index * 4, as: Float.self)
            arguments.scratch!.storeBytes(of: value * 2, toByteOffset: index * 4, as: Float.self)
          }
          y.copyMemory(from: arguments.scratch!, byteCount: count * 4)
        }
      }
      return table
    }
  }

  @Test func entriesComeFromPluginsAndFromTheBuiltIn() throws {
    var host = PluginHost()
    #expect(host[Colours.self]["black"] == 0 && host[Colours.self].names == ["black"])
    try host.install(Painter.self)
    try host.install(Painter.self)
    #expect(host.plugins == ["painter"])
    #expect(host[Colours.self].names == ["black", "red"])
    #expect(host.origin(of: "red", in: Colours.self) == "painter")
    #expect(host.origin(of: "black", in: Colours.self) == nil)
    #expect(host.backendChain.map(\.name) == ["high", "low"])
  }

  @Test func aFailedInstallationChangesNothing() {
    var host = PluginHost()
    #expect(throws: CoreError.self) { try host.install(Failing.self) }
    #expect(host.plugins.isEmpty && host[Colours.self]["blue"] == nil)
  }

  @Test func backendsAreAskedCaseByCase() {
    let (vector, matrix) = (Tensor([1, 2] as [Float]), Tensor([1, 2] as [Float], [1, 2]))
    Execution.$backends.withValue([Doubling(name: "doubling")]) {
      #expect((-vector).scalars(of: Float.self) == [2, 4])
      #expect((-matrix).scalars(of: Float.self) == [-1, -2])
      #expect(vector.abs().scalars(of: Float.self) == [1, 2])
    }
    Execution.$backends.withValue([]) { #expect((-vector).scalars(of: Float.self) == [-1, -2]) }
  }
}
