import AutoDiff
import BackendOpenBLAS
import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct OpenBLASBackendTests {
  @Test func theWholeCorpusAgreesWithThePortableRules() throws {
    let report = try checkBackend(OpenBLASBackend())
    #expect(report.accelerated.contains { $0.hasPrefix("matmul") || $0.contains("linear") })
  }

  /// Larger than the corpus's cases: several tiles, cuts among threads, ragged edges.
  private static let convolutions: [OperationCase] = {
    let key = RandomKey(seed: 5)
    var cases: [OperationCase] = []
    let sizes: [(Shape, Shape, Int, ConvPadding, Int)] = [
      ([3, 17, 13, 8], [3, 3, 8, 40], 1, .same, 1), ([2, 14, 15, 33], [1, 1, 33, 47], 1, .valid, 1),
      ([5, 9, 9, 16], [3, 3, 16, 64], 2, .same, 1), ([1, 20, 20, 12], [3, 3, 12, 32], 1, .valid, 2),
      ([2, 30, 31, 32], [5, 5, 32, 35], 1, .same, 1),
    ]
    for (index, (input, kernel, stride, padding, dilation)) in sizes.enumerated() {
      let operation = Conv(
        strides: [stride, stride], padding: padding, dilation: [dilation, dilation], activation: .tanh, hasBias: true)
      let x = Tensor.randomNormal(input, key: key.folding(3 * index))
      let weights = Tensor.randomNormal(kernel, standardDeviation: 0.1, key: key.folding(3 * index + 1))
      let bias = Tensor.randomNormal([kernel.last], key: key.folding(3 * index + 2))
      cases.append(OperationCase("conv \(index)", operation, [x, weights, bias]))
      guard let dySpec = try? operation.infer([x.spec, weights.spec, bias.spec])[0] else { continue }
      // So small that a kernel's gradient, a sum over all pixels, is of the size of 1.
      let deviation = 1 / Double(dySpec.elementCount / dySpec.shape.last).squareRoot()
      let dy = Tensor.randomNormal(dySpec.shape, standardDeviation: deviation, key: key.folding(1000 + index))
      let steps = [stride, stride]
      cases.append(
        OperationCase(
          "conv_backward_input \(index)",
          ConvBackwardInput(
            strides: steps, padding: padding, dilation: [dilation, dilation], inputShape: input), [dy, weights]))
      cases.append(
        OperationCase(
          "conv_backward_kernel \(index)",
          ConvBackwardKernel(
            strides: steps, padding: padding, dilation: [dilation, dilation], kernelShape: kernel), [x, dy]))
    }
    return cases
  }()

  @Test func convolutionsAndTheirGradientsAgreeOverTilesAndThreads() throws {
    let backend = try OpenBLASBackend()
    for threads in [1, 2, 3] {
      let report = try Execution.$threadCount.withValue(threads) {
        try checkBackend(backend, corpus: Self.convolutions)
      }
      // Every case in float32 and in float64.
      #expect(report.accelerated.count == 2 * Self.convolutions.count)
    }
  }

  @Test(arguments: [(1, 1, 1), (7, 5, 3), (128, 10, 512), (300, 700, 129), (1, 1000, 257), (513, 1, 64)])
  func productsOfOddSizesAgree(m: Int, n: Int, k: Int) throws {
    let key = RandomKey(seed: 9)
    var cases: [OperationCase] = []
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = Tensor.randomNormal(transposeA ? [k, m] : [m, k], key: key.folding(1))
      let b = Tensor.randomNormal(transposeB ? [n, k] : [k, n], key: key.folding(2))
      cases.append(OperationCase("matmul", MatMul(transposeA: transposeA, transposeB: transposeB), [a, b]))
    }
    try checkBackend(OpenBLASBackend(), corpus: cases)
  }

  @Test func manyTasksMayCallItAtOnce() async throws {
    let backend = try OpenBLASBackend()
    let a = Tensor.randomNormal([96, 200], key: RandomKey(seed: 1))
    let b = Tensor.randomNormal([200, 150], key: RandomKey(seed: 2))
    let expected = Execution.$backends.withValue([backend]) { a.matmul(b) }.scalars(of: Float.self)
    await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 {
        group.addTask { Execution.$backends.withValue([backend]) { a.matmul(b) }.scalars(of: Float.self) }
      }
      for await found in group { #expect(found == expected) }
    }
  }

  @Test func itSaysWhichKernelsRun() throws {
    let backend = try OpenBLASBackend()
    #expect(!backend.coreName.isEmpty)
    #expect(backend.libraryVersion.contains("OpenBLAS"))
    #if arch(x86_64)
      // An AVX-512 machine must not fall back to the AVX2 kernels.
      let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      if flags.contains("avx512vl") && flags.contains("avx512cd") { #expect(backend.coreName != "Haswell") }
    #endif
  }

  @Test func pluginTellsTheHostWhereTheBackendCameFrom() throws {
    var host = PluginHost()
    try host.install(OpenBLASPlugin.self)
    #expect(host.plugins == ["openblas"])
    #expect(host.backendChain.map(\.name) == ["openblas"])
    #expect(host.origin(of: "openblas", in: BackendRegistry.self) == "openblas")
  }
}
