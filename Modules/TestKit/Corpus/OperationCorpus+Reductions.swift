internal import TensorCore

extension OperationCorpus {
  static let reductions = reduces + scans

  private static let reduces: [OperationCase] = ReduceFunction.allCases.flatMap { function in
    [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2], []].flatMap { axes in
      [false, true].map { keepDims in
        let x: Tensor
        switch function {
        case .any, .all: x = Sample.bools([3, 5, 4])
        case .prod: x = Sample.positive([3, 5, 4])
        default: x = Sample.distinct([3, 5, 4])
        }
        return OperationCase(
          "\(function.rawValue) over \(axes)\(keepDims ? ", kept" : "")",
          Reduce(op: function, axes: axes, keepDims: keepDims), [x])
      }
    }
  }

  private static let scans: [OperationCase] =
    ArgReduceFunction.allCases.flatMap { function in
      (0..<3).map { axis in
        OperationCase(
          "arg \(function.rawValue) along \(axis)", ArgReduce(op: function, axis: axis, keepDims: axis == 1),
          [Sample.distinct([3, 5, 4])])
      }
    }
    + (0..<3).flatMap { axis in
      [(false, false), (true, false), (false, true), (true, true)].map { exclusive, reverse in
        OperationCase(
          "cumulative sum along \(axis)\(exclusive ? ", exclusive" : "")\(reverse ? ", reverse" : "")",
          CumulativeSum(axis: axis, exclusive: exclusive, reverse: reverse), [Sample.any([3, 5, 4])])
      }
    }
    + [1, 3, 7].map { OperationCase("top \($0)", TopK(k: $0), [Sample.distinct([3, 7])]) }
    + [
      OperationCase("broadcast rows", BroadcastTo(shape: [3, 5, 7]), [Sample.any([7])]),
      OperationCase("broadcast between", BroadcastTo(shape: [3, 5, 7]), [Sample.any([3, 1, 7])]),
      OperationCase("broadcast a scalar", BroadcastTo(shape: [3, 5]), [Sample.any([])]),
    ]
}
