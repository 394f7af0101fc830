import TensorCore
import Testing

@Suite struct CastTests {
  @Test(arguments: DType.allCases, DType.allCases)
  func smallNumbersSurviveEveryPair(_ from: DType, _ to: DType) {
    let values: [Double] = from == .bool || to == .bool ? [0, 1, 1, 0] : [0, 1, 2, 100]
    let x = Tensor(values).cast(to: from)
    #expect(x.dtype == from)
    #expect(x.cast(to: to).cast(to: .float64).scalars(of: Double.self) == values)
  }

  @Test func floatsToIntegersTruncateAndSaturate() {
    let x = Tensor([1.9, -1.9, .nan, 1e20, -1e20] as [Double])
    #expect(x.cast(to: .int32).scalars(of: Int32.self) == [1, -1, 0, .max, .min])
    #expect(x.cast(to: .int64).scalars(of: Int64.self) == [1, -1, 0, .max, .min])
    #expect(x.cast(to: .uint8).scalars(of: UInt8.self) == [1, 0, 0, 255, 0])
    #expect(x.cast(to: .bool).scalars(of: Bool.self) == [true, true, true, true, true])
  }

  @Test func halvesRoundToEven() {
    let x = Tensor([2049, 2051, 65520, 1e-8] as [Float])
    #expect(x.cast(to: .float16).cast(to: .float32).scalars(of: Float.self) == [2048, 2052, .infinity, 0])
    let y = Tensor([257, 259] as [Float])
    #expect(y.cast(to: .bfloat16).cast(to: .float32).scalars(of: Float.self) == [256, 260])
  }

  @Test func theSameTypeIsTheSameTensor() {
    let x = Tensor([1, 2] as [Float])
    x.withBytes { bytes in x.cast(to: .float32).withBytes { #expect($0.baseAddress == bytes.baseAddress) } }
  }

  @Test func clampKeepsNaNAndTypes() {
    let x = Tensor([-2, 0.25, 3, .nan, .infinity] as [Float])
    let y = x.clamped(-1, 1).scalars(of: Float.self)
    #expect(y[0] == -1 && y[1] == 0.25 && y[2] == 1 && y[3].isNaN && y[4] == 1)
    #expect(Tensor([-5, 0, 5] as [Int32]).clamped(-1.5, 2.5).scalars(of: Int32.self) == [-1, 0, 2])
    #expect(Tensor([0, 200] as [UInt8]).clamped(-1, 1e9).scalars(of: UInt8.self) == [0, 200])
    #expect(objection(Clamp(low: 1, high: 0), TensorSpec([1])).contains("low <= high"))
  }
}
