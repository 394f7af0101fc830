internal import TensorCore

extension OperationCorpus {
  static let products = matmuls + linears

  private static let matmuls: [OperationCase] = [(false, false), (false, true), (true, false), (true, true)]
    .flatMap { transposeA, transposeB in
      let operation = MatMul(transposeA: transposeA, transposeB: transposeB)
      func matrices(_ batchA: [Int], _ batchB: [Int]) -> OperationCase {
        let a = Shape(batchA + (transposeA ? [7, 3] : [3, 7]))
        let b = Shape(batchB + (transposeB ? [5, 7] : [7, 5]))
        return OperationCase(
          "matmul of \(a) and \(b)\(transposeA ? ", left transposed" : "")\(transposeB ? ", right transposed" : "")",
          operation, [Sample.any(a), Sample.any(b, 2)])
      }
      return [
        matrices([], []), matrices([3], [3]), matrices([3], []), matrices([], [3]), matrices([2, 1], [3]),
        matrices([2, 3], [1, 3]),
      ]
    }

  private static let linears: [OperationCase] =
    everyActivation.map { activation in
      OperationCase(
        "linear, \(activation)", Linear(activation: activation, hasBias: true),
        [Sample.uniform([3, 7], -1, 1), Sample.uniform([7, 5], -1, 1, 2), Sample.any([5], 3)])
    }
    + [
      OperationCase("linear without bias", Linear(hasBias: false), [Sample.any([3, 7]), Sample.any([7, 5], 2)]),
      OperationCase(
        "linear, tanh without bias", Linear(activation: .tanh, hasBias: false),
        [Sample.any([3, 7]), Sample.any([7, 5], 2)]),
      OperationCase(
        "linear over leading axes", Linear(activation: .gelu, hasBias: true),
        [Sample.any([2, 3, 5]), Sample.any([5, 7], 2), Sample.any([7], 3)]),
      OperationCase(
        "linear of a vector", Linear(hasBias: true), [Sample.any([5]), Sample.any([5, 3], 2), Sample.any([3], 3)]),
      OperationCase(
        "linear with residual", Linear(activation: .gelu, hasBias: true, hasResidual: true),
        [Sample.any([2, 3, 5]), Sample.any([5, 7], 2), Sample.any([7], 3), Sample.any([2, 3, 7], 4)]),
      OperationCase(
        "linear with residual, without bias", Linear(activation: .sigmoid, hasBias: false, hasResidual: true),
        [Sample.any([3, 7]), Sample.any([7, 5], 2), Sample.any([3, 5], 3)]),
    ]
}
