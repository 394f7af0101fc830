import TensorCore
import Testing

@Suite struct TopKTests {
  @Test(arguments: [1, 3, 10, 40, 50], [DType.float32, .float64, .int32, .int64])
  func isThePrefixOfTheStableDescendingOrder(_ k: Int, _ dtype: DType) {
    // Few different values, so that ties are many.
    let values = sampleValues(150).map { ($0 * 3).rounded() }
    let (found, places) = tensor(values, [3, 50], dtype).topK(k)
    #expect(found.spec == TensorSpec([3, k], dtype) && places.spec == TensorSpec([3, k], .int64))
    for row in 0..<3 {
      let line = Array(values[row * 50..<row * 50 + 50])
      let order = line.indices.sorted { line[$0] != line[$1] ? line[$0] > line[$1] : $0 < $1 }.prefix(k)
      #expect(numbers(places)[row * k..<row * k + k].map { Int($0) } == Array(order))
      #expect(Array(numbers(found)[row * k..<row * k + k]) == order.map { line[$0] })
    }
  }

  @Test func notANumberComesFirst() {
    let (values, places) = Tensor([3, .nan, 5, .nan] as [Float]).topK(3)
    #expect(places.scalars(of: Int64.self) == [1, 3, 2])
    #expect(values.scalars(of: Float.self)[2] == 5)
  }

  @Test func objections() {
    #expect(objection(TopK(k: 4), TensorSpec([3])).contains("found k = 4 for float32[3]"))
    #expect(objection(TopK(k: 1), TensorSpec([])).contains("k = 1"))
    #expect(Tensor.zeros([0, 5]).topK(2).values.shape == [0, 2])
    #expect(Tensor.zeros([2, 5]).topK(0).indices.shape == [2, 0])
  }
}
