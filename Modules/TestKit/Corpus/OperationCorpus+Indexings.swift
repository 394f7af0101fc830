internal import TensorCore

extension OperationCorpus {
  static let indexings: [OperationCase] =
    (0..<3).flatMap { axis -> [OperationCase] in
      let shape: Shape = [3, 5, 4]
      let x = Sample.any(shape)
      // Two axes of indices, with repetitions.
      let indices = Sample.integers([2, 3], below: shape[axis], 2)
      let gathered = x.gathered(indices, axis: axis)
      var alongShape = shape
      alongShape[axis] = 6
      let along = Sample.integers(alongShape, below: shape[axis], 3)
      return [
        OperationCase("gather along \(axis)", Gather(axis: axis), [x, indices]),
        OperationCase("gather by int32 along \(axis)", Gather(axis: axis), [x, indices.cast(to: .int32)]),
        OperationCase(
          "scatter along \(axis)", ScatterAdd(axis: axis, size: shape[axis]), [indices, Sample.any(gathered.shape, 4)]),
        OperationCase("gather elements along \(axis)", GatherAlong(axis: axis), [x, along]),
        OperationCase(
          "scatter elements along \(axis)", ScatterAddAlong(axis: axis, size: shape[axis]),
          [along, Sample.any(alongShape, 5)]),
      ]
    }
    + [
      OperationCase("one-hot", OneHot(depth: 5, dtype: .float32), [Sample.integers([3, 2], below: 5)]),
      OperationCase("one-hot beyond the depth", OneHot(depth: 3, dtype: .float32), [Sample.integers([7], below: 5)]),
    ]
}
