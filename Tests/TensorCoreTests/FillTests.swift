import TensorCore
import Testing

@Suite struct FillTests {
  @Test(arguments: DType.allCases)
  func fillsEveryType(_ dtype: DType) {
    #expect(Tensor.zeros([2, 3], dtype: dtype).cast(to: .float64).scalars(of: Double.self) == [0, 0, 0, 0, 0, 0])
    #expect(Tensor.ones([3], dtype: dtype).cast(to: .float64).scalars(of: Double.self) == [1, 1, 1])
    #expect(Tensor.eye(2, columns: 3, dtype: dtype).cast(to: .int64).scalars(of: Int64.self) == [1, 0, 0, 0, 1, 0])
    #expect(Tensor.zeros([0], dtype: dtype).elementCount == 0)
    if dtype != .bool {
      #expect(Tensor.full([2], 7, dtype: dtype).cast(to: .float64).scalars(of: Double.self) == [7, 7])
      let range = Tensor.range(start: 2, step: 3, count: 4, dtype: dtype)
      #expect(range.cast(to: .float64).scalars(of: Double.self) == [2, 5, 8, 11])
    }
  }

  @Test func likeAnother() {
    let x = Tensor([1, 2] as [Int32])
    #expect(Tensor.zeros(like: x).spec == x.spec)
    #expect(Tensor.ones(like: x).scalars(of: Int32.self) == [1, 1])
  }

  @Test func ranges() {
    #expect(Tensor.range(3..<6).scalars(of: Int64.self) == [3, 4, 5])
    #expect(Tensor.range(start: 5, step: -2, count: 3, dtype: .int32).scalars(of: Int32.self) == [5, 3, 1])
    #expect(Tensor.range(0..<0).shape == [0])
    #expect(objection(RangeFill(start: 0, step: 0.5, count: 3, dtype: .int32)).contains("int32 cannot hold"))
    #expect(objection(RangeFill(start: 250, step: 1, count: 9, dtype: .uint8)).contains("uint8 cannot hold"))
    #expect(objection(Fill(shape: [2], dtype: .uint8, value: -1)).contains("uint8 cannot hold"))
  }

  @Test func stopGradientSharesTheBytes() {
    let x = Tensor([1, 2] as [Float])
    x.withBytes { bytes in x.stopGradient().withBytes { #expect($0.baseAddress == bytes.baseAddress) } }
  }

  @Test(arguments: [DType.float32, .float64, .int64, .uint8, .bool, .float16])
  func broadcastRepeats(_ dtype: DType) {
    let x = Tensor([0, 1] as [Double], [2, 1]).cast(to: dtype)
    let y = x.broadcast(to: [2, 2, 3]).cast(to: .float64)
    #expect(y.scalars(of: Double.self) == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1])
    #expect(x.broadcast(to: [0, 2, 3]).shape == [0, 2, 3])
    #expect(objection(BroadcastTo(shape: [2]), TensorSpec([3])).contains("broadcasts to [2]"))
    #expect(objection(BroadcastTo(shape: [2]), TensorSpec([3, 2])).contains("broadcasts to [2]"))
  }

  @Test func sumToShapeUndoesBroadcast() {
    let x = sample([2, 3, 4])
    expectClose(x.sumToShape([3, 1]), numbers(x.sum(axes: [0, 2])), [3, 1], within: 1e-12)
    expectClose(x.sumToShape([]), numbers(x.sum()), [], within: 1e-12)
    expectClose(x.sumToShape([4]), numbers(x.sum(axes: [0, 1])), [4], within: 1e-12)
    expectClose(x.sumToShape([1, 3, 1]), numbers(x.sum(axes: [0, 2])), [1, 3, 1], within: 1e-12)
    expectClose(x.sumToShape([2, 3, 4]), numbers(x), [2, 3, 4], within: 0)
    #expect(captureError(TensorSpec([2, 3])) { [$0[0].sumToShape([2])] }.contains("sumToShape: found float32[2, 3]"))
  }
}
