import AutoDiff
import Layers
import TensorCore
import Testing

@Suite struct EmbeddingTests {
  private func model(_ embedding: Embedding, _ dtype: DType) throws -> Model {
    try Model(Sequential([InputLayer(shape: [3], dtype: dtype), embedding]), start: .seed(5))
  }

  @Test(arguments: [DType.int32, .int64, .float32, .uint8])
  func rowsOfTheTableComeOut(_ dtype: DType) throws {
    let model = try model(Embedding(inputDim: 5, outputDim: 2), dtype)
    let y = try model.predict(Tensor([4, 0, 4, 2, 1, 3] as [Float], [2, 3]).cast(to: dtype))
    let table = model.weights.tensors[0].scalars(of: Float.self)
    #expect(y.shape == [2, 3, 2])
    let rows: [Int] = [4, 0, 4, 2, 1, 3]
    var expected: [Float] = []
    for row in rows { expected += table[2 * row..<2 * row + 2] }
    #expect(y.scalars(of: Float.self) == expected)
  }

  @Test func fractionsAreCutOff() throws {
    let model = try model(Embedding(inputDim: 3, outputDim: 1), .float32)
    let y = try model.predict(Tensor([0.9, 1.5, 2.99] as [Float], [1, 3]))
    #expect(y.scalars(of: Float.self) == model.weights.tensors[0].scalars(of: Float.self))
  }

  @Test func aRowUsedTwiceGetsBothGradients() throws {
    let model = try model(Embedding(inputDim: 3, outputDim: 2), .int32)
    let slope = gradient(at: model.weights.tensors[0]) { table in
      var weights = model.weights
      weights.tensors[0] = table
      var context = CallContext(weights: weights, isTraining: true)
      return model([Tensor([2, 0, 2] as [Int32], [1, 3])], &context)[0].sum()
    }
    #expect(slope.scalars(of: Float.self) == [1, 1, 0, 0, 2, 2] as [Float])
  }

  @Test func sizesMustBeAboveZero() {
    let error = #expect(throws: CoreError.self) { try model(Embedding(inputDim: 0, outputDim: 2), .int32) }
    #expect(error?.message.contains("input_dim 0") == true)
    #expect(throws: CoreError.self) { try model(Embedding(inputDim: 2, outputDim: -1), .int32) }
  }
}
