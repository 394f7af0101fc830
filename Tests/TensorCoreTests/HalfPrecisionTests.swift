import TensorCore
import Testing

/// 16-bit floats in operations that calculate with float32.
@Suite struct HalfPrecisionTests {
  static let halves: [DType] = [.bfloat16, .float16]

  /// The nearest numbers of 16 bits to the result for float32 inputs.
  private func expectRounded(_ found: Tensor, _ wide: Tensor, _ dtype: DType) {
    #expect(found.dtype == dtype)
    #expect(numbers(found.cast(to: .float32)) == numbers(wide.cast(to: dtype).cast(to: .float32)))
  }

  @Test(arguments: halves)
  func resultsAreTheRoundedOnesOfFloat32(_ dtype: DType) {
    let (a, b) = (
      sample([4, 6], seed: 1, .float32).cast(to: dtype), sample([6, 3], seed: 2, .float32).cast(to: dtype)
    )
    let (x, y) = (a.cast(to: .float32), b.cast(to: .float32))
    expectRounded(a.matmul(b), x.matmul(y), dtype)
    expectRounded(a.exp(), x.exp(), dtype)
    expectRounded(a * 0.5 + a, (x * 0.5).cast(to: dtype).cast(to: .float32) + x, dtype)
    expectRounded(a.sum(axes: [0]), x.sum(axes: [0]), dtype)
    expectRounded(a.softmax(), x.softmax(), dtype)
    #expect(a.greater(0).dtype == .bool)
    #expect(a.argMax().dtype == .int64)
  }

  @Test(arguments: halves)
  func whatOnlyMovesElementsKeepsThem(_ dtype: DType) {
    let a = sample([4, 6], seed: 1, .float32).cast(to: dtype)
    #expect(numbers(a.transposed().transposed().cast(to: .float32)) == numbers(a.cast(to: .float32)))
    #expect(a.reshaped([24]).dtype == dtype)
  }

  @Test(arguments: halves)
  func preparedOperationsDoTheSame(_ dtype: DType) throws {
    let (a, b) = (
      sample([4, 6], seed: 1, .float32).cast(to: dtype), sample([6, 3], seed: 2, .float32).cast(to: dtype)
    )
    let product = MatMul(transposeA: false, transposeB: false)
    for constants in [[:], [1: b]] {
      let prepared = try PreparedOperation(product, inputs: [a.spec, b.spec], constants: constants)
      #expect(prepared.outputs == [TensorSpec([4, 3], dtype)])
      #expect(numbers(prepared.run([a, b])[0].cast(to: .float32)) == numbers(a.matmul(b).cast(to: .float32)))
    }
  }

  @Test func differentFloatsDoNotMix() {
    let (half, wide) = (TensorSpec([2], .bfloat16), TensorSpec([2], .float32))
    #expect(throws: CoreError.self) { try PreparedOperation(Binary(op: .add), inputs: [half, wide]) }
    #expect(throws: CoreError.self) {
      try PreparedOperation(Binary(op: .add), inputs: [half, TensorSpec([2], .float16)])
    }
  }

  @Test func captureInfersWhatRuns() throws {
    let graph = try GraphCapture.capture([TensorSpec([2, 3], .bfloat16)]) { [$0[0].exp().sum(axes: [1])] }
    #expect(graph.outputs.map { graph.specs[$0] } == [TensorSpec([2], .bfloat16)])
  }
}
