import BackendOneDNN
import Synchronization
import TensorCore
import TestKit
import Testing

@Suite struct OneDNNBackendTests {
  @Test(arguments: [OneDNNChoice.faster, .everything])
  func theWholeCorpusAgreesWithThePortableRules(_ choice: OneDNNChoice) throws {
    let report = try checkBackend(OneDNNBackend(chooses: choice))
    for name in ["large matmul", "large linear", "large conv", "input gradient of conv", "kernel gradient of conv"] {
      #expect(report.accelerated.contains { $0.hasPrefix(name) }, "nothing of \(name) in \(report.accelerated)")
    }
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

  @Test func ourKernelsRunOnTheTeamOfTheLibrary() throws {
    var host = PluginHost()
    try host.install(OneDNNPlugin.self)
    defer { Execution.useTeam(nil) }
    let x = Sample.normal([1 << 20], 1)
    let expected = Execution.$threadCount.withValue(1) { x.exp().scalars(of: Float.self) }
    #expect(Execution.$threadCount.withValue(3) { x.exp().scalars(of: Float.self) } == expected)
  }

  /// The library waits for all the threads that a primitive was made for; a nested region has one.
  @Test func itMayBeCalledInsideOfARegionOfItsTeam() throws {
    var host = PluginHost()
    try host.install(OneDNNPlugin.self)
    defer { Execution.useTeam(nil) }
    let chain = host.backendChain
    let (x, dy) = (Sample.normal([2, 12, 12, 40], 1), Sample.normal([2, 12, 12, 48], 2))
    func gradient() -> [Float] {
      Execution.$backends.withValue(chain) {
        Execution.$threadCount.withValue(2) {
          let operation = ConvBackwardKernel(strides: [1, 1], padding: .same, kernelShape: [3, 3, 40, 48])
          return Tensor.apply(operation, [x, dy])[0].scalars(of: Float.self)
        }
      }
    }
    let expected = gradient()
    let matches = Atomic(0)
    Execution.parallel(count: 6, threads: 2) { range in
      for _ in range where gradient() == expected { matches.add(1, ordering: .relaxed) }
    }
    #expect(matches.load(ordering: .relaxed) == 6)
  }

  @Test(arguments: [(1, 400, 200), (7, 130, 300), (128, 10, 512), (300, 700, 129), (1, 1000, 257), (513, 1, 640)])
  func productsOfOddSizesAgree(m: Int, n: Int, k: Int) throws {
    var cases: [OperationCase] = []
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = Sample.normal(transposeA ? [k, m] : [m, k], 1)
      let b = Sample.normal(transposeB ? [n, k] : [k, n], 2)
      cases.append(OperationCase("matmul", MatMul(transposeA: transposeA, transposeB: transposeB), [a, b]))
    }
    let report = try checkBackend(OneDNNBackend(), corpus: cases)
    // One row times a matrix that lies row by row is left to the portable kernel.
    #expect(report.accelerated.count == (m == 1 ? 2 : 4))
  }

  @Test func batchesOfProductsAgree() throws {
    let (a, b) = (Sample.normal([3, 2, 40, 33], 1), Sample.normal([3, 2, 33, 50], 2))
    let broadcast = Sample.normal([2, 33, 50], 3)
    try checkBackend(
      OneDNNBackend(),
      corpus: [
        OperationCase("matmul of pairs", MatMul(), [a, b]),
        OperationCase(
          "matmul of pairs, both transposed", MatMul(transposeA: true, transposeB: true),
          [a.transposed([0, 1, 3, 2]), b.transposed([0, 1, 3, 2])]),
        OperationCase("matmul that broadcasts", MatMul(), [a, broadcast]),
      ])
  }

  @Test func manyTasksMayCallItAtOnce() async throws {
    let backend = try OneDNNBackend()
    let (x, w) = (Sample.normal([2, 12, 12, 24], 1), Sample.normal([3, 3, 24, 40], 2))
    func convolved() -> [Float] {
      Execution.$backends.withValue([backend]) { x.conv(w, padding: .same, activation: .tanh) }.scalars(of: Float.self)
    }
    let expected = convolved()
    await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 {
        group.addTask {
          Execution.$backends.withValue([backend]) { x.conv(w, padding: .same, activation: .tanh) }
            .scalars(of: Float.self)
        }
      }
      for await found in group { #expect(found == expected) }
    }
  }
}

enum Sample {
  static func normal(_ shape: Shape, _ stream: UInt64) -> Tensor {
    Tensor.randomNormal(shape, key: RandomKey(seed: 7).folding(stream))
  }
}
