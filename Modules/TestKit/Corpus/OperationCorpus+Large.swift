internal import TensorCore

extension OperationCorpus {
  /// Sizes at which kernels tile, unroll and share their work among threads, with remainders at every edge. Values and
  /// threads are checked; the gradient rules are the same as for small sizes.
  static let large = largeElementwise + largeProducts + largeConvolutions + largeWindows

  /// Sums of thousands of terms lose some digits in float32.
  private static let sums = Tolerance(absolute: 1e-3, relative: 1e-4)

  private static func entry(
    _ name: String, _ operation: any Operation, _ inputs: [Tensor], tolerance: Tolerance = .float32
  ) -> OperationCase {
    OperationCase("large " + name, operation, inputs, derivatives: 0, tolerance: tolerance)
  }

  private static let largeElementwise: [OperationCase] = {
    let (x, y) = (Sample.any([131, 259]), Sample.any([131, 259], 2))
    let (row, channels) = (Sample.any([259], 3), Sample.positive([259], 4))
    let key = Tensor([5, 6] as [Int64])
    return [
      entry("exp", Unary(op: .exp), [x]),
      entry("add", Binary(op: .add), [x, y]),
      entry("add of a row", Binary(op: .add), [x, row]),
      entry("gelu", Activate(activation: .gelu), [x]),
      entry("gradient of gelu", ActivateGradient(activation: .gelu), [x, y]),
      entry("sum of all", Reduce(op: .sum, axes: [0, 1], keepDims: false), [x], tolerance: sums),
      entry("sum of rows", Reduce(op: .sum, axes: [0], keepDims: false), [x], tolerance: sums),
      entry("sum of columns", Reduce(op: .sum, axes: [1], keepDims: false), [x], tolerance: sums),
      entry("transpose", Transpose(permutation: [1, 0]), [x]),
      entry("softmax", Softmax(axis: 1), [x]),
      entry("gradient of softmax", SoftmaxGradient(axis: 1, isLog: false), [x.softmax(axis: 1), y]),
      entry("batch norm", BatchNormTraining(epsilon: 1e-3), [x, channels, row], tolerance: sums),
      entry("gradient of batch norm", BatchNormGradient(), [x, y, row, channels, channels], tolerance: sums),
      entry("gather", Gather(axis: 0), [x, Sample.integers([301], below: 131)]),
      entry("scatter", ScatterAdd(axis: 0, size: 17), [Sample.integers([131], below: 17), x], tolerance: sums),
      entry("random normal", RandomNormal(spec: TensorSpec([40_001]), stream: 1, mean: 0, standardDeviation: 1), [key]),
    ]
  }()

  private static let largeProducts: [OperationCase] =
    [(false, false), (false, true), (true, false), (true, true)]
    .map { transposeA, transposeB in
      entry(
        "matmul\(transposeA ? ", left transposed" : "")\(transposeB ? ", right transposed" : "")",
        MatMul(transposeA: transposeA, transposeB: transposeB),
        [Sample.any(transposeA ? [301, 133] : [133, 301]), Sample.any(transposeB ? [71, 301] : [301, 71], 2)],
        tolerance: sums)
    }
    + [
      entry(
        "batch of matmuls", MatMul(), [Sample.any([3, 5, 37, 41]), Sample.any([5, 41, 43], 2)], tolerance: sums),
      entry(
        "linear", Linear(activation: .relu, hasBias: true),
        [Sample.any([67, 201]), Sample.any([201, 103], 2), Sample.any([103], 3)], tolerance: sums),
      entry(
        "linear with residual", Linear(activation: .relu, hasBias: true, hasResidual: true),
        [Sample.any([67, 201]), Sample.any([201, 103], 2), Sample.any([103], 3), Sample.any([67, 103], 4)],
        tolerance: sums),
    ]

  private static let largeConvolutions: [OperationCase] = {
    let (x, kernel, bias) = (Sample.any([3, 19, 21, 17]), Sample.any([3, 3, 17, 23], 2), Sample.any([23], 3))
    let dy = Sample.any([3, 19, 21, 23], 4)
    let pooled = x.maxPool(window: [2, 2])
    return [
      entry(
        "conv", Conv(strides: [1, 1], padding: .same, activation: .relu, hasBias: true), [x, kernel, bias],
        tolerance: sums),
      entry(
        "conv with residual",
        Conv(strides: [1, 1], padding: .same, activation: .relu, hasBias: true, hasResidual: true),
        [x, kernel, bias, dy], tolerance: sums),
      entry(
        "input gradient of conv", ConvBackwardInput(strides: [1, 1], padding: .same, inputShape: x.shape),
        [dy, kernel], tolerance: sums),
      entry(
        "kernel gradient of conv", ConvBackwardKernel(strides: [1, 1], padding: .same, kernelShape: kernel.shape),
        [x, dy], tolerance: sums),
      entry("max pool", Pool(kind: .max, window: [2, 2]), [x]),
      entry("average pool", Pool(kind: .average, window: [3, 3], strides: [2, 2], padding: .same), [x]),
      entry("gradient of max pool", MaxPoolGradient(window: [2, 2], hasPooled: true), [x, pooled * 0.5, pooled]),
    ]
  }()

  /// 3 x 3 windows in sizes for which minimal filtering pays: many tiles and few, odd edges, channels that leave vectors
  /// empty.
  private static let largeWindows: [OperationCase] = [
    ([1, 58, 57, 16], 40, ConvPadding.same), ([2, 13, 14, 40], 64, .valid), ([3, 7, 7, 130], 72, .same),
    ([1, 21, 6, 33], 49, .explicit([0, 2], [2, 1])),
  ].flatMap { (shape: Shape, filters: Int, padding: ConvPadding) in
    let (x, kernel) = (Sample.any(shape), Sample.any([3, 3, shape[-1], filters], 2))
    let conv = Conv(strides: [1, 1], padding: padding, activation: .relu, hasBias: true, hasResidual: true)
    let dy = Sample.any(x.conv(kernel, padding: padding).shape, 4)
    return [
      entry("conv \(shape)", conv, [x, kernel, Sample.any([filters], 3), dy], tolerance: sums),
      entry(
        "input gradient of conv \(shape)", ConvBackwardInput(strides: [1, 1], padding: padding, inputShape: shape),
        [dy, kernel], tolerance: sums),
      entry(
        "kernel gradient of conv \(shape)",
        ConvBackwardKernel(strides: [1, 1], padding: padding, kernelShape: kernel.shape), [x, dy], tolerance: sums),
    ]
  }
}
