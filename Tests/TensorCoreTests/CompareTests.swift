import TensorCore
import Testing

@Suite struct CompareTests {
  @Test(arguments: [DType.float32, .float64, .int32, .int64, .uint8])
  func everyComparisonOfEveryType(_ dtype: DType) {
    let a = tensor([1, 2, 3, 2], [4], dtype)
    let b = tensor([2, 2, 2, 1], [4], dtype)
    #expect(a.equal(b).scalars(of: Bool.self) == [false, true, false, false])
    #expect(a.notEqual(b).scalars(of: Bool.self) == [true, false, true, true])
    #expect(a.less(b).scalars(of: Bool.self) == [true, false, false, false])
    #expect(a.lessOrEqual(b).scalars(of: Bool.self) == [true, true, false, false])
    #expect(a.greater(b).scalars(of: Bool.self) == [false, false, true, true])
    #expect(a.greaterOrEqual(b).scalars(of: Bool.self) == [false, true, true, true])
    #expect(a.greater(2).scalars(of: Bool.self) == [false, false, true, false])
    #expect(
      a.reshaped([2, 2]).less(tensor([3, 2], [2], dtype)).scalars(of: Bool.self) == [true, false, false, false])
  }

  @Test func notANumberEqualsNothing() {
    let x = Tensor([.nan, 1] as [Float])
    #expect(x.equal(x).scalars(of: Bool.self) == [false, true])
    #expect(x.notEqual(x).scalars(of: Bool.self) == [true, false])
    #expect(x.less(2).scalars(of: Bool.self) == [false, true])
  }

  @Test func storageTypesCompareForEqualityOnly() {
    let half = Tensor([1, -0.0, .nan, 2] as [Float]).cast(to: .float16)
    let other = Tensor([1, 0, .nan, 3] as [Float]).cast(to: .float16)
    #expect(half.equal(other).scalars(of: Bool.self) == [true, true, false, false])
    #expect(Tensor([true, false]).notEqual(Tensor([true, true])).scalars(of: Bool.self) == [false, true])
    #expect(objection(Compare(op: .lt), TensorSpec([2], .bool), TensorSpec([2], .bool)).contains("bool[2]"))
    #expect(objection(Compare(op: .eq), TensorSpec([2]), TensorSpec([2], .int64)).contains("float32[2] and int64[2]"))
  }

  @Test func logicalFunctionsBroadcast() {
    let (a, b) = (Tensor([true, true, false, false]), Tensor([true, false, true, false]))
    #expect(a.logicalAnd(b).scalars(of: Bool.self) == [true, false, false, false])
    #expect(a.logicalOr(b).scalars(of: Bool.self) == [true, true, true, false])
    #expect(a.logicalXor(b).scalars(of: Bool.self) == [false, true, true, false])
    #expect(a.logicalAnd(Tensor(true)).scalars(of: Bool.self) == [true, true, false, false])
    #expect(
      objection(Logical(op: .and), TensorSpec([2]), TensorSpec([2], .bool)).contains("logical and: found float32[2]"))
  }

  @Test(arguments: [DType.float32, .float64, .int32, .int64, .uint8])
  func selectionBroadcastsAllThree(_ dtype: DType) {
    let condition = Tensor([true, false, true])
    let a = tensor([1, 2], [2, 1], dtype)
    let y = Tensor.select(condition, a, tensor([9], [], dtype))
    #expect(y.spec == TensorSpec([2, 3], dtype))
    #expect(numbers(y) == [1, 9, 1, 2, 9, 2])
    #expect(Tensor.select(condition, condition, condition.logicalNot()).scalars(of: Bool.self) == [true, true, true])
    #expect(objection(Select(), TensorSpec([2]), TensorSpec([2]), TensorSpec([2])).contains("condition"))
  }
}
