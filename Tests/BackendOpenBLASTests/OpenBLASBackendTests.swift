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

  @Test(arguments: [(128, 120, 400), (400, 120, 128), (128, 512, 784), (777, 333, 555)])
  func theBitsDoNotDependOnTheNumberOfThreads(m: Int, n: Int, k: Int) throws {
    let backend = try OpenBLASBackend()
    let a = Tensor.randomNormal([m, k], key: RandomKey(seed: 3))
    let b = Tensor.randomNormal([k, n], key: RandomKey(seed: 4))
    let results = [1, 2, 3, 5].map { threads in
      Execution.$threadCount.withValue(threads) {
        Execution.$backends.withValue([backend]) { a.matmul(b) }.scalars(of: Float.self)
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  /// Pointwise convolutions with few and many pixels, plain and strided, and their gradients.
  @Test(arguments: [
    ([1, 7, 7], 1, 40, 24), ([2, 9, 8], 2, 24, 50), ([3, 50, 40], 1, 16, 12), ([1, 90, 91], 2, 33, 8),
  ])
  func pointwiseConvolutionsAgree(size: [Int], stride: Int, inputs: Int, outputs: Int) throws {
    let key = RandomKey(seed: 5)
    let (shape, kernelShape) = (Shape(size + [inputs]), Shape([1, 1, inputs, outputs]))
    let x = Tensor.randomNormal(shape, key: key.folding(1)),
      kernel = Tensor.randomNormal(kernelShape, key: key.folding(2))
    let bias = Tensor.randomNormal([outputs], key: key.folding(3)), strides = [stride, stride]
    let dy = Tensor.randomNormal(x.conv(kernel, strides: strides).shape, key: key.folding(4))
    let report = try checkBackend(
      OpenBLASBackend(),
      corpus: [
        OperationCase(
          "conv", Conv(strides: strides, activation: .relu, hasBias: true, hasResidual: true), [x, kernel, bias, dy]),
        OperationCase("backward input", ConvBackwardInput(strides: strides, inputShape: shape), [dy, kernel]),
        OperationCase("backward kernel", ConvBackwardKernel(strides: strides, kernelShape: kernelShape), [x, dy]),
      ])
    #expect(report.accelerated.contains { $0.contains("backward kernel") })
  }

  /// Weights that never change are packed once, whatever the number of rows: for few of them the product is our own.
  @Test(arguments: [2, 49, 300, 1100])
  func constantWeightsAgree(rows: Int) throws {
    let key = RandomKey(seed: 6)
    let x = Tensor.randomNormal([rows, 1, 70], key: key.folding(1))
    let kernel = Tensor.randomNormal([70, 45], key: key.folding(2))
    let bias = Tensor.randomNormal([45], key: key.folding(3))
    let operations: [(any TensorCore.Operation, Tensor, Tensor)] = [
      (Linear(activation: .relu, hasBias: true), x, kernel),
      (Conv(strides: [1], activation: .relu, hasBias: true), x, kernel.reshaped([1, 70, 45])),
    ]
    for (operation, x, kernel) in operations {
      let specs = [x.spec, kernel.spec, bias.spec]
      func results(_ backends: [any Backend]) throws -> [Float] {
        try Execution.$backends.withValue(backends) {
          try PreparedOperation(operation, inputs: specs, constants: [1: kernel]).run([x, kernel, bias])[0]
            .scalars(of: Float.self)
        }
      }
      let (found, expected) = (try results([try OpenBLASBackend()]), try results([]))
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-4 * (1 + abs($1)) }, "\(operation)")
    }
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
