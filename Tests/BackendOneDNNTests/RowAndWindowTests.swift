import BackendOneDNN
import TensorCore
import TestKit
import Testing

/// Layer normalization, the gradient of softmax and average pooling: in every case that the library can compute, and in
/// those that are left to it.
@Suite struct RowAndWindowTests {
  static func rows(_ shape: Shape) -> [OperationCase] {
    let (x, dy) = (Sample.normal(shape, 1), Sample.normal(shape, 2))
    let (gamma, beta) = (Sample.normal([shape[-1]], 3), Sample.normal([shape[-1]], 4))
    let normalized = Tensor.apply(LayerNorm(epsilon: 1e-3), [x, gamma, beta])
    let axis = shape.rank - 1
    return [
      OperationCase("layer norm", LayerNorm(epsilon: 1e-3), [x, gamma, beta]),
      OperationCase("gradient of layer norm", LayerNormGradient(), [x, dy, normalized[1], normalized[2], gamma]),
      OperationCase("gradient of softmax", SoftmaxGradient(axis: axis), [x.softmax(axis: axis), dy]),
    ]
  }

  @Test(arguments: [
    [1, 2], [3, 1], [4, 15], [2, 3, 16], [7, 17], [130, 40], [300, 63], [5, 64], [3, 2, 129], [2, 1000],
  ])
  func rowsAgree(_ sizes: [Int]) throws {
    let cases = Self.rows(Shape(sizes))
    let report = try checkBackend(OneDNNBackend(chooses: .everything), corpus: cases)
    #expect(report.accelerated.count == cases.count, "\(report.accelerated)")
  }

  @Test(
    arguments: [
      ([3, 40, 5], [8], [8], ConvPadding.valid), ([2, 50, 17], [9], [2], .same), ([2, 33, 16], [4], [3], .valid),
      ([2, 9, 11, 3], [2, 2], [2, 2], .valid), ([1, 9, 12, 16], [3, 3], [2, 2], .same),
      ([2, 7, 7, 33], [7, 7], [7, 7], .valid), ([1, 6, 7, 40], [2, 3], [1, 2], .explicit([1, 0], [0, 2])),
      ([1, 5, 6, 7, 18], [2, 3, 2], [1, 2, 2], .same),
    ] as [([Int], [Int], [Int], ConvPadding)])
  func averagesAgree(_ sizes: [Int], _ window: [Int], _ strides: [Int], _ padding: ConvPadding) throws {
    let pool = Pool(kind: .average, window: window, strides: strides, padding: padding)
    let corpus = [OperationCase("average", pool, [Sample.normal(Shape(sizes), 1)])]
    let report = try checkBackend(OneDNNBackend(chooses: .everything), corpus: corpus)
    #expect(report.accelerated == ["average"])
  }

  @Test func noElementsAreNoCase() throws {
    let empty =
      Self.rows([0, 40]) + [OperationCase("average", Pool(kind: .average, window: [8]), [.zeros([0, 16, 4])])]
    let report = try checkBackend(OneDNNBackend(chooses: .everything), corpus: empty)
    #expect(report.accelerated.isEmpty)
  }

  /// Whether a backend has a kernel.
  static func takes(_ backend: OneDNNBackend, _ operation: any Operation, _ inputs: [TensorSpec]) throws -> Bool {
    let request = KernelRequest(inputs: inputs, outputs: try operation.infer(inputs), threads: 2)
    return try backend.kernels.kernel(for: operation, request) != nil
  }

  /// Their functions in the library lose NaN.
  @Test func maximaAndExponentialsAreNeverTheLibrarys() throws {
    let backend = try OneDNNBackend(chooses: .everything)
    let (rows, pixels) = (TensorSpec([300, 30], .float32), TensorSpec([2, 28, 28, 6], .float32))
    #expect(try !Self.takes(backend, Pool(kind: .max, window: [2, 2]), [pixels]))
    #expect(try !Self.takes(backend, SoftmaxGradient(axis: 1, isLog: true), [rows, rows]))
    #expect(backend.kernels.operationNames.allSatisfy { ![Softmax.name, LogSoftmax.name, Activate.name].contains($0) })
  }

  @Test func onlyWhatIsFasterIsTakenUnlessToldOtherwise() throws {
    func spec(_ shape: Shape) -> TensorSpec { TensorSpec(shape, .float32) }
    func layerNorm(_ shape: Shape) -> [TensorSpec] { [spec(shape), spec([shape[-1]]), spec([shape[-1]])] }
    let pool = Pool(kind: .average, window: [8])
    let cases: [(any Operation, [TensorSpec], Bool)] = [
      (LayerNorm(epsilon: 1e-3), layerNorm([1000, 40]), true), (LayerNorm(epsilon: 1e-3), layerNorm([4, 40]), false),
      (LayerNorm(epsilon: 1e-3), layerNorm([1000, 256]), false),
      (SoftmaxGradient(axis: 1), [spec([1000, 30]), spec([1000, 30])], true),
      (SoftmaxGradient(axis: 1), [spec([1000, 32]), spec([1000, 32])], false),
      (pool, [spec([32, 128, 16])], true), (pool, [spec([32, 128, 512])], false),
      (Pool(kind: .average, window: [2, 2]), [spec([8, 56, 56, 64])], false),
    ]
    let (faster, everything) = (try OneDNNBackend(), try OneDNNBackend(chooses: .everything))
    for (operation, inputs, isFaster) in cases {
      #expect(try Self.takes(faster, operation, inputs) == isFaster, "\(operation) of \(inputs)")
      #expect(try Self.takes(everything, operation, inputs), "\(operation) of \(inputs)")
    }
  }

  /// Where the portable rules have NaN or infinity, so does the library.
  @Test(arguments: [Float.nan, .infinity]) func whatIsNoNumberIsSeen(_ value: Float) throws {
    let backend = try OneDNNBackend(chooses: .everything)
    for entry in Self.rows([6, 40]) + [
      OperationCase("", Pool(kind: .average, window: [8]), [Sample.normal([2, 24, 5], 1)])
    ] {
      for index in entry.inputs.indices {
        var inputs = entry.inputs
        var scalars = inputs[index].scalars(of: Float.self)
        scalars[scalars.count / 2] = value
        inputs[index] = Tensor(scalars, inputs[index].shape)
        let results = [[], [backend]].map { (backends: [any Backend]) in
          Execution.$backends.withValue(backends) { Tensor.applyAny(entry.operation, inputs) }
            .map { $0.scalars(of: Float.self).map(\.isFinite) }
        }
        #expect(results[0] == results[1], "\(entry.name), input \(index)")
      }
    }
  }

  @Test func theGradientOfSoftmaxMayTakeThePlaceOfTheOneItIsMadeOf() throws {
    let backend = try OneDNNBackend(chooses: .everything)
    let (y, dy) = (Sample.normal([300, 50], 1).softmax(axis: 1), Sample.normal([300, 50], 2))
    let operation = SoftmaxGradient(axis: 1)
    let request = KernelRequest(inputs: [y.spec, dy.spec], outputs: [dy.spec], threads: 2)
    let kernel = try #require(try backend.kernels.kernel(for: operation, request))
    #expect(kernel.mayOverwriteInput == [0: 1])
    var found = dy.scalars(of: Float.self)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: kernel.scratchByteCount + 1, alignment: 64)
    defer { scratch.deallocate() }
    y.withBytes { y in
      found.withUnsafeMutableBytes { place in
        guard let y = y.baseAddress, let place = place.baseAddress else { return }
        [y, UnsafeRawPointer(place)].withUnsafeBufferPointer { inputs in
          [place].withUnsafeBufferPointer { outputs in
            kernel.run(KernelArguments(inputs: inputs, outputs: outputs, scratch: scratch))
          }
        }
      }
    }
    let expected = Execution.$backends.withValue([backend]) { Tensor.apply(operation, [y, dy])[0] }
    #expect(found == expected.scalars(of: Float.self))
  }

  /// But for the gradients of gamma and beta, whose sums over the rows are cut by threads.
  @Test func theBitsDoNotDependOnTheNumberOfThreads() throws {
    let backend = try OneDNNBackend(chooses: .everything)
    let pool = OperationCase("", Pool(kind: .average, window: [8]), [Sample.normal([32, 128, 16], 1)])
    for entry in Self.rows([1000, 50]) + [pool] {
      let results = [1, 2, 3].map { threads in
        Execution.$threadCount.withValue(threads) {
          Execution.$backends.withValue([backend]) { Tensor.applyAny(entry.operation, entry.inputs)[0] }
        }.scalars(of: Float.self)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(entry.name)")
    }
  }
}
