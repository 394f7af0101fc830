internal import TensorCore

extension OperationCorpus {
  static let generators: [OperationCase] =
    [
      OperationCase("fill", Fill(shape: [3, 5], dtype: .float32, value: 2.5), []),
      OperationCase("range", RangeFill(start: 2, step: -0.5, count: 7, dtype: .float32), []),
      OperationCase("eye", Eye(rows: 3, columns: 5, dtype: .float32), []),
    ] + random

  private static let random: [OperationCase] = {
    let key = Tensor([123_456_789, -987_654_321] as [Int64])
    let spec = TensorSpec([7, 13], .float32)
    return [
      OperationCase("random uniform", RandomUniform(spec: spec, stream: 3, low: -1, high: 2), [key]),
      OperationCase("random normal", RandomNormal(spec: spec, stream: 3, mean: 1, standardDeviation: 2), [key]),
      OperationCase(
        "random truncated normal", RandomTruncatedNormal(spec: spec, stream: 3, mean: 1, standardDeviation: 2), [key]),
      OperationCase(
        "random integers", RandomIntegers(spec: TensorSpec([7, 13], .int64), stream: 3, low: -2, high: 5), [key]),
      OperationCase("random permutation", RandomPermutation(count: 17, stream: 3), [key]),
    ]
  }()
}
