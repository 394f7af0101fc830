import AutoDiff
import Plan
import Profiling
import TensorCore
import Testing

@Suite struct ProfilerTests {
  /// A linear layer of 3 to 4 in the layer "dense", on a batch of 2: 48 floating-point operations.
  private static func dense(_ x: Tensor) -> Tensor {
    Execution.$layerPath.withValue("dense") {
      Tensor.apply(Linear(hasBias: false), x, Tensor.ones([3, 4]))
    }
  }

  /// Made with the suite, so before any profiler of a test watches.
  private let x = Tensor.ones([2, 3])

  /// Computes `Linear` with twos.
  private struct Twos: Backend {
    let name = "twos"
    let kernels: KernelTable

    init() {
      var kernels = KernelTable()
      kernels.register(Linear.self) { _, request in
        let count = request.outputs[0].elementCount
        return Kernel { arguments in
          arguments.outputs[0].assumingMemoryBound(to: Float.self).update(repeating: 2, count: count)
        }
      }
      self.kernels = kernels
    }
  }

  @Test func anOperationIsSeenWithLayerBackendAndArithmetic() throws {
    let profiler = Profiler()
    profiler.run {
      Execution.$backends.withValue([Twos()]) {
        for _ in 0..<3 { _ = Self.dense(x) }
      }
    }
    let entry = try #require(profiler.entries.first { $0.operation == "linear" })
    #expect(entry.layerPath == "dense" && entry.backendName == "twos" && entry.callCount == 3)
    #expect(entry.flopCount == 3 * 48 && entry.byteCount == 3 * 4 * (6 + 12 + 8))
    #expect(profiler.wallTime >= profiler.operationTime)
  }

  @Test func whatNoBackendTakesIsPortable() throws {
    let profiler = Profiler()
    profiler.run { Execution.$backends.withValue([]) { _ = Self.dense(x) } }
    #expect(profiler.entries.contains { $0.operation == "linear" && $0.backendName == nil })
    #expect(profiler.table().contains("portable"))
  }

  @Test func aGradientIsSeenForwardAndBackwardInItsLayer() {
    let profiler = Profiler()
    profiler.run {
      _ = gradient(at: Tensor([1, 2] as [Float])) { x in
        Execution.$layerPath.withValue("wave") { x.sin() }.sum()
      }
    }
    #expect(profiler.entries.filter { $0.operation == "unary" && $0.layerPath == "wave" }.map(\.callCount) == [2])
  }

  @Test func anUpdateIsSeen() {
    let profiler = Profiler()
    var weight = Tensor.ones([4])
    profiler.run { FusedUpdate.sgd(&weight, gradient: Tensor.ones([4]), learningRate: 0.5) }
    #expect(profiler.entries.contains { $0.operation == "sgd" && $0.byteCount == 16 * 3 })
    #expect(weight.scalars(of: Float.self) == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func aPlanIsSeenNodeByNode() throws {
    let plan = try InferencePlan(inputs: [x.spec]) { [Self.dense($0[0])] }
    let profiler = Profiler()
    _ = try profiler.run { try plan.run([x]) }
    #expect(profiler.entries.filter { $0.operation == "linear" }.map(\.callCount) == [1])
    #expect(profiler.entries.filter { $0.operation == "linear" }.map(\.flopCount) == [48])
  }

  @Test func nothingIsSeenOutsideOfRun() {
    let profiler = Profiler()
    profiler.run {}
    _ = Self.dense(x)
    #expect(profiler.entries.isEmpty && profiler.spans.count == 1)
  }

  @Test func sumsAreOverLayersOrOperations() {
    let profiler = Profiler()
    profiler.run {
      for layer in ["a", "b"] { Execution.$layerPath.withValue(layer) { _ = x + x } }
      Execution.$layerPath.withValue("a") { _ = x.exp() }
    }
    let operations = profiler.entriesByOperation.map { "\($0.operation) \($0.callCount)" }
    #expect(operations.contains("binary 2") && operations.contains("unary 1"))
    #expect(Set(profiler.entriesByLayer.map { "\($0.layerPath) \($0.callCount)" }) == ["a 2", "b 1"])
  }

  @Test func eventsEndAtTheCapacityAndSumsDoNot() {
    let profiler = Profiler(capacity: 2)
    profiler.run { for _ in 0..<5 { _ = x + x } }
    #expect(profiler.events.count == 2)
    #expect(profiler.entriesByOperation.first { $0.operation == "binary" }?.callCount == 5)
  }
}
