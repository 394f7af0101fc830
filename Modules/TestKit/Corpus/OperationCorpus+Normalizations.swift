internal import TensorCore

extension OperationCorpus {
  static let normalizations = softmaxes + batchNormalizations + layerNormalizations

  private static let softmaxes: [OperationCase] = (0..<3).flatMap { axis in
    let (x, dy) = (Sample.any([3, 5, 7]), Sample.any([3, 5, 7], 2))
    return [
      OperationCase("softmax along \(axis)", Softmax(axis: axis), [x]),
      OperationCase("log softmax along \(axis)", LogSoftmax(axis: axis), [x]),
      OperationCase(
        "gradient of softmax along \(axis)", SoftmaxGradient(axis: axis, isLog: false), [x.softmax(axis: axis), dy]),
      OperationCase(
        "gradient of log softmax along \(axis)", SoftmaxGradient(axis: axis, isLog: true),
        [x.logSoftmax(axis: axis), dy]),
    ]
  }

  private static let batchNormalizations: [OperationCase] = [[7, 3], [2, 3, 4, 5]].flatMap { (shape: Shape) in
    let channels: Shape = [shape.last]
    let (x, dy) = (Sample.any(shape), Sample.any(shape, 2))
    let (scale, shift) = (Sample.positive(channels, 3), Sample.any(channels, 4))
    return [
      OperationCase("moments of \(shape)", Moments(), [x]),
      OperationCase("scale and shift of \(shape)", ScaleShift(), [x, scale, shift]),
      OperationCase("batch norm of \(shape)", BatchNormTraining(epsilon: 1e-3), [x, scale, shift]),
      OperationCase(
        "gradient of batch norm of \(shape)", BatchNormGradient(),
        [x, dy, Sample.any(channels, 5), Sample.positive(channels, 6), scale]),
    ] + fusedBatchNormalizations(shape)
  }

  /// Behind each activation, with and without a residual; the second gradient and the sum over the rows in turn.
  private static func fusedBatchNormalizations(_ shape: Shape) -> [OperationCase] {
    let channels: Shape = [shape.last]
    let (x, dy, residual) = (Sample.any(shape), Sample.any(shape, 2), Sample.any(shape, 3))
    let (gamma, beta) = (Sample.positive(channels, 4), Sample.any(channels, 5))
    let moments = x.moments()
    let statistics = [moments.mean, (moments.variance + 1e-3).rsqrt(), gamma]
    return [FusableActivation.linear, .relu, .relu6].flatMap { activation in
      let forward = BatchNormTraining(epsilon: 1e-3, activation: activation, hasResidual: true)
      let y = Tensor.apply(forward, [x, gamma, beta, residual])[0]
      let further = activation == .linear ? [] : [beta, moments.variance]
      let cases = [
        OperationCase("batch norm, \(activation), of \(shape), with residual", forward, [x, gamma, beta, residual]),
        OperationCase(
          "batch norm, \(activation), of \(shape)", BatchNormTraining(epsilon: 1e-3, activation: activation),
          [x, gamma, beta]),
        OperationCase(
          "gradient of batch norm, \(activation), of \(shape)",
          FusedBatchNormGradient(epsilon: 1e-3, activation: activation, sumsRows: true),
          [x, dy] + statistics + further, derivatives: 0),
      ]
      guard activation != .linear else { return cases }
      return cases
        + [false, true].map { hasSecond in
          OperationCase(
            "gradient of batch norm, \(activation), of \(shape), with residual\(hasSecond ? " and second gradient" : "")",
            FusedBatchNormGradient(
              epsilon: 1e-3, activation: activation, hasResidual: true, hasSecond: hasSecond, sumsRows: hasSecond),
            [x, dy] + statistics + [y] + (hasSecond ? [residual] : []), derivatives: 0)
        }
    }
  }

  private static let layerNormalizations: [OperationCase] = [[7, 3], [5, 64], [2, 3, 4, 5]].flatMap { (shape: Shape) in
    let (channels, rows): (Shape, Shape) = ([shape.last], shape[0..<shape.rank - 1])
    let (x, dy) = (Sample.any(shape), Sample.any(shape, 2))
    let (scale, shift) = (Sample.positive(channels, 3), Sample.any(channels, 4))
    return [
      OperationCase("layer norm of \(shape)", LayerNorm(epsilon: 1e-3), [x, scale, shift]),
      OperationCase(
        "gradient of layer norm of \(shape)", LayerNormGradient(),
        [x, dy, Sample.any(rows, 5), Sample.positive(rows, 6), scale]),
    ]
  }
}
