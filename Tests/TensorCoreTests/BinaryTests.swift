import Glibc
import TensorCore
import Testing

@Suite struct BinaryTests {
  static func meaning(_ op: BinaryFunction, _ a: Double, _ b: Double) -> Double {
    switch op {
    case .add: a + b
    case .sub: a - b
    case .mul: a * b
    case .div: a / b
    case .max: a.isNaN || b.isNaN ? .nan : max(a, b)
    case .min: a.isNaN || b.isNaN ? .nan : min(a, b)
    case .pow: pow(a, b)
    case .mod: a - floor(a / b) * b
    case .squaredDifference: (a - b) * (a - b)
    case .atan2: atan2(a, b)
    }
  }

  /// The element of an operand that meets element `index` of the result.
  static func element(_ values: [Double], _ shape: Shape, at index: [Int]) -> Double {
    let own = index.suffix(shape.rank)
    return values[position(zip(own, shape.array).map { $1 == 1 ? 0 : $0 }, shape.array)]
  }

  static let shapes: [(Shape, Shape)] = [
    ([7], [7]), ([], []), ([3, 5], []), ([], [3, 5]), ([4, 6], [6]), ([6], [4, 6]), ([4, 6], [4, 1]),
    ([4, 1], [1, 6]),
    ([2, 3, 4], [3, 1]), ([2, 1, 4], [5, 1]), ([1, 1], [1]), ([0, 3], [3]), ([0], []), ([2, 0, 1], [1, 4]),
    ([2, 1, 2, 1, 2, 1, 2, 3], [1, 2, 2, 1, 1, 2, 2, 1]), ([2, 2, 2, 2, 2, 2, 2, 2], [2, 2]), ([1100, 3], [3]),
  ]

  @Test(arguments: shapes, [DType.float32, .float64])
  func broadcastsAsNumPy(_ shapes: (a: Shape, b: Shape), _ dtype: DType) {
    let (a, b) = (sample(shapes.a, seed: 3, dtype), sample(shapes.b, seed: 4, dtype).abs() + 0.5)
    let (x, y) = (numbers(a), numbers(b))
    let shape = Shape.broadcast(shapes.a, shapes.b)!
    for op in BinaryFunction.allCases where op != .pow || shape.elementCount < 100 {
      let base = op == .pow ? a.abs() + 0.25 : a
      let values = op == .pow ? numbers(base) : x
      let expected = indices(shape.array).map { index in
        Self.meaning(op, Self.element(values, shapes.a, at: index), Self.element(y, shapes.b, at: index))
      }
      let limit = dtype == .float32 ? 4e-6 : 1e-12
      expectClose(Tensor.apply(Binary(op: op), base, b), expected, shape, within: limit)
    }
  }

  @Test(arguments: [DType.int32, .int64])
  func integersDivideAsNumPy(_ dtype: DType) {
    let a = tensor([7, -7, 7, -7, 5, 0], [6], dtype)
    let b = tensor([2, 2, -2, -2, 0, 3], [6], dtype)
    #expect(numbers(a / b) == [3, -4, -4, 3, 0, 0])
    #expect(numbers(a.mod(b)).prefix(4) == [1, 1, -1, -1])
    #expect(numbers(tensor([2, -3, 10], [3], dtype).pow(3)) == [8, -27, 1000])
  }

  @Test func integersWrapAround() {
    #expect((Tensor([Int32.max]) + Tensor([Int32(1)])).scalars(of: Int32.self) == [.min])
    #expect((Tensor([Int64.min]) - Tensor([Int64(1)])).scalars(of: Int64.self) == [.max])
    #expect((Tensor([UInt8(200)]) + Tensor([UInt8(100)])).scalars(of: UInt8.self) == [44])
    #expect((Tensor([Int32.min]) / Tensor([Int32(-1)])).dtype == .int32)
  }

  @Test func floatModHasTheDivisorsSign() {
    expectClose(
      Tensor([5.5, -5.5, 5.5] as [Float]).mod(Tensor([2, 2, -2] as [Float])), [1.5, 0.5, -0.5], [3], within: 1e-6)
  }

  @Test func maximumAndMinimumPassNaNOn() {
    let a = Tensor([1, .nan, 3] as [Float])
    for y in [a.maximum(2), a.minimum(2), Tensor([2, 2, 2] as [Float]).maximum(a)] {
      #expect(y.scalars(of: Float.self).map(\.isNaN) == [false, true, false])
    }
  }

  @Test func numbersTakeTheTensorsType() {
    let x = Tensor([1, 2, 4] as [Double])
    #expect((1 - x).scalars(of: Double.self) == [0, -1, -3])
    #expect((x * 0.5).scalars(of: Double.self) == [0.5, 1, 2])
    #expect((8 / x).scalars(of: Double.self) == [8, 4, 2])
    #expect((Tensor([1, 2] as [Int32]) + 1).scalars(of: Int32.self) == [2, 3])
  }

  @Test func objectionsNameBothSides() {
    let types = objection(Binary(op: .add), TensorSpec([3]), TensorSpec([3], .float64))
    #expect(types.contains("add: found float32[3] and float64[3]") && types.contains("cast"))
    #expect(
      objection(Binary(op: .mul), TensorSpec([3]), TensorSpec([4])).contains("mul: found float32[3] and float32[4]"))
    #expect(objection(Binary(op: .atan2), TensorSpec([3], .int32), TensorSpec([3], .int32)).contains("atan2"))
    #expect(objection(Binary(op: .add), TensorSpec([3], .bool), TensorSpec([3], .bool)).contains("bool[3]"))
  }

  @Test func aNumberThatTheTypeCannotHoldStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2] as [Int32]) * 0.5
    }
    // Release builds stop without a text.
    if let text = result.map({ String(decoding: $0.standardErrorContent, as: UTF8.self) }), text.contains("Fatal") {
      #expect(text.contains("found the scalar 0.5, expected one that int32 can hold"))
    }
  }
}
