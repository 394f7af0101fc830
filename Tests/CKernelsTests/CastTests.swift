import CKernels
import Testing

@Suite struct CastTests {
  func cast<A: BitwiseCopyable, B>(_ x: [A], _ from: ck_dtype, _ to: ck_dtype, _ zero: B) -> [B] {
    output(x.count, of: zero) { ck_cast(x, from, $0, to, x.count, 2) }
  }

  @Test func everyHalfSurvivesTheWayThroughFloat() {
    let halves = (0...UInt16.max).map { $0 }
    let floats = cast(halves, CK_F16, CK_F32, Float(0))
    let back = cast(floats, CK_F32, CK_F16, UInt16(0))
    for (half, result) in zip(halves, back) {
      let isNaN = half & 0x7c00 == 0x7c00 && half & 0x3ff != 0
      #expect(isNaN ? result & 0x7c00 == 0x7c00 && result & 0x3ff != 0 : result == half)
    }
    #expect(floats[0x3c00] == 1 && floats[0xc000] == -2 && floats[1] == 0x1p-24 && floats[0x7bff] == 65504)
    #expect(floats[0x7c00] == .infinity && floats[0xfc00] == -.infinity && floats[0x7e00].isNaN)
  }

  /// The nearest of all finite values of a 16-bit format, ties to the even pattern.
  func nearest(_ x: Double, among values: [Double], overflow: Double) -> UInt16 {
    let size = abs(x)
    if size >= overflow { return UInt16(values.count) }
    var low = 0, high = values.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= size { low = middle } else { high = middle }
    }
    let next = high < values.count ? values[high] : 2 * values[low] - values[low - 1]
    let below = size - values[low], above = next - size
    return UInt16(below < above || (below == above && low % 2 == 0) ? low : high)
  }

  @Test("rounding to 16 bits goes to the nearest, ties to even", arguments: [false, true])
  func roundsToNearestEven(brain: Bool) {
    let dtype = brain ? CK_BF16 : CK_F16
    let patterns = (UInt16(0)..<(brain ? 0x7f80 : 0x7c00)).map { $0 }
    let values = cast(patterns, dtype, CK_F64, 0.0)
    let overflow = brain ? (Double(Float(bitPattern: 0x7f7f_0000)) + 0x1p128) / 2 : 65520
    var x: [Double] = [65519.999, 65520, 65536, 1e30, 3.4e38, 1e300, 0x1p-25, 0x1.8p-25, 0x1p-26, 1 + 0x1p-11]
    x += stride(from: 0, to: values.count - 1, by: 101).flatMap { i in
      let middle = (values[i] + values[i + 1]) / 2
      return [middle, middle * (1 + 0x1p-50), middle * (1 - 0x1p-50)]
    }
    let result = cast(x, CK_F64, dtype, UInt16(0))
    for (input, pattern) in zip(x, result) {
      #expect(pattern == nearest(input, among: values, overflow: overflow), "\(input)")
    }
    let floats = x.map { Float($0) }
    for (input, pattern) in zip(floats, cast(floats, CK_F32, dtype, UInt16(0))) {
      #expect(pattern == nearest(Double(input), among: values, overflow: overflow), "\(input)")
    }
  }

  @Test func floatsTruncateAndSaturate() {
    let x: [Float] = [1.9, -1.9, .nan, .infinity, -.infinity, 3e9, -3e9, 0.5, 300, -5]
    #expect(cast(x, CK_F32, CK_I32, Int32(0)) == [1, -1, 0, .max, .min, .max, .min, 0, 300, -5])
    #expect(
      cast(x, CK_F32, CK_I64, Int64(0)) == [1, -1, 0, .max, .min, 3_000_000_000, -3_000_000_000, 0, 300, -5])
    #expect(cast(x, CK_F32, CK_U8, UInt8(0)) == [1, 0, 0, 255, 0, 255, 0, 0, 255, 0])
    #expect(cast(x, CK_F32, CK_BOOL, UInt8(0)) == [1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    #expect(cast([2_147_483_647.9, -2_147_483_648.9], CK_F64, CK_I32, Int32(0)) == [.max, .min])
    #expect(cast([Float(0), -0.0], CK_F32, CK_BOOL, UInt8(9)) == [0, 0])
  }

  @Test func integersWrapAndBooleansNormalise() {
    let x: [Int64] = [-1, 256, 1 << 40, 5]
    #expect(cast(x, CK_I64, CK_U8, UInt8(0)) == [255, 0, 0, 5])
    #expect(cast(x, CK_I64, CK_I32, Int32(0)) == [-1, 256, 0, 5])
    #expect(cast(x, CK_I64, CK_F32, Float(0)) == [-1, 256, 0x1p40, 5])
    #expect(cast([UInt8(0), 1, 7], CK_BOOL, CK_F32, Float(9)) == [0, 1, 1])
    #expect(cast([UInt8(0), 1, 7], CK_U8, CK_F16, UInt16(9)) == [0, 0x3c00, 0x4700])
    #expect(cast([Int32(2049), 2051], CK_I32, CK_F16, UInt16(0)) == [0x6800, 0x6802])
  }

  @Test func sizes() {
    #expect(
      [CK_F32, CK_F64, CK_F16, CK_BF16, CK_I64, CK_I32, CK_U8, CK_BOOL].map(ck_dtype_size) == [4, 8, 2, 2, 8, 4, 1, 1])
  }
}
