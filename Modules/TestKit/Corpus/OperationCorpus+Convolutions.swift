internal import TensorCore

extension OperationCorpus {
  static let convolutions = convolutionShapes.flatMap(\.cases) + convolutionActivations + convolutionResiduals + pools

  private struct ConvolutionShape {
    let name: String
    let input: Shape
    let kernel: Shape
    var strides: [Int]
    var padding = ConvPadding.valid
    var dilation: [Int]
    var groups = 1

    init(
      _ name: String, _ input: Shape, _ kernel: Shape, strides: [Int]? = nil, padding: ConvPadding = .valid,
      dilation: [Int]? = nil, groups: Int = 1
    ) {
      let ones = [Int](repeating: 1, count: input.rank - 2)
      (self.name, self.input, self.kernel) = (name, input, kernel)
      (self.strides, self.padding) = (strides ?? ones, padding)
      (self.dilation, self.groups) = (dilation ?? ones, groups)
    }

    /// The convolution and its two adjoints.
    var cases: [OperationCase] {
      let (x, w, bias) = (Sample.any(input), Sample.any(kernel, 2), Sample.any([kernel.last], 3))
      let y = x.conv(w, strides: strides, padding: padding, dilation: dilation, groups: groups)
      let dy = Sample.any(y.shape, 4)
      return [
        OperationCase(
          "conv \(name)",
          Conv(
            strides: strides, padding: padding, dilation: dilation, groups: groups, activation: .linear, hasBias: true),
          [x, w, bias]),
        OperationCase(
          "input gradient of conv \(name)",
          ConvBackwardInput(
            strides: strides, padding: padding, dilation: dilation, groups: groups, inputShape: input), [dy, w]),
        OperationCase(
          "kernel gradient of conv \(name)",
          ConvBackwardKernel(
            strides: strides, padding: padding, dilation: dilation, groups: groups, kernelShape: kernel), [x, dy]),
      ]
    }
  }

  private static let convolutionShapes = [
    ConvolutionShape("1-d", [2, 7, 3], [3, 3, 5]),
    ConvolutionShape("1-d, causal", [2, 7, 3], [3, 3, 5], padding: .explicit([4], [0]), dilation: [2]),
    ConvolutionShape("2-d", [2, 6, 7, 3], [3, 2, 3, 5]),
    ConvolutionShape("2-d, same", [1, 5, 7, 3], [3, 3, 3, 2], padding: .same),
    ConvolutionShape("2-d, same, strided", [2, 6, 7, 3], [3, 3, 3, 2], strides: [2, 2], padding: .same),
    ConvolutionShape("2-d, strides beyond the kernel", [1, 7, 8, 2], [2, 1, 2, 3], strides: [3, 2]),
    ConvolutionShape("2-d, dilated", [1, 7, 8, 2], [3, 2, 2, 3], padding: .same, dilation: [2, 3]),
    ConvolutionShape("2-d, grouped", [1, 5, 5, 6], [3, 3, 2, 9], groups: 3),
    ConvolutionShape("2-d, depthwise", [1, 5, 6, 3], [3, 3, 1, 6], strides: [2, 1], padding: .same, groups: 3),
    ConvolutionShape("2-d, 1 by 1", [2, 3, 5, 7], [1, 1, 7, 3]),
    ConvolutionShape("2-d, explicit padding", [1, 5, 6, 2], [3, 3, 2, 3], padding: .explicit([1, 0], [0, 2])),
    ConvolutionShape("3-d", [1, 4, 5, 3, 2], [2, 3, 2, 2, 3], padding: .same),
  ]

  private static let convolutionActivations: [OperationCase] =
    [FusableActivation.tanh, .sigmoid, .gelu, .silu, .elu(alpha: 0.7)].map { activation in
      OperationCase(
        "conv, \(activation)",
        Conv(
          strides: [1, 2], padding: .same, dilation: [1, 1], groups: 1, activation: activation, hasBias: true),
        [Sample.any([1, 5, 6, 2]), Sample.uniform([3, 3, 2, 3], -0.5, 0.5, 2), Sample.any([3], 3)])
    }
    + [
      OperationCase(
        "conv, tanh without bias",
        Conv(strides: [1, 1], padding: .valid, dilation: [1, 1], groups: 1, activation: .tanh, hasBias: false),
        [Sample.any([1, 5, 6, 2]), Sample.uniform([3, 3, 2, 3], -0.5, 0.5, 2)])
    ]

  private static let convolutionResiduals: [OperationCase] = [
    OperationCase(
      "conv with residual", Conv(strides: [1, 2], padding: .same, activation: .gelu, hasBias: true, hasResidual: true),
      [Sample.any([1, 5, 6, 2]), Sample.any([3, 3, 2, 3], 2), Sample.any([3], 3), Sample.any([1, 5, 3, 3], 4)]),
    OperationCase(
      "conv with residual, without bias", Conv(strides: [1], activation: .tanh, hasResidual: true),
      [Sample.any([2, 7, 3]), Sample.uniform([3, 3, 5], -0.5, 0.5, 2), Sample.any([2, 5, 5], 3)]),
    OperationCase(
      "depthwise conv with residual",
      Conv(strides: [1, 1], padding: .same, groups: 3, hasBias: true, hasResidual: true),
      [Sample.any([1, 5, 6, 3]), Sample.any([3, 3, 1, 3], 2), Sample.any([3], 3), Sample.any([1, 5, 6, 3], 4)]),
    OperationCase(
      "1 by 1 conv with residual", Conv(strides: [1, 1], hasBias: true, hasResidual: true),
      [Sample.any([2, 3, 5, 7]), Sample.any([1, 1, 7, 3], 2), Sample.any([3], 3), Sample.any([2, 3, 5, 3], 4)]),
  ]

  private static let pools: [OperationCase] = [
    ([1, 7, 3], [2], [2], ConvPadding.valid), ([2, 5, 7, 3], [2, 2], [2, 2], .valid),
    ([1, 5, 7, 3], [3, 2], [2, 1], .same), ([1, 5, 6, 2], [2, 3], [3, 2], .explicit([1, 1], [0, 1])),
    ([1, 4, 5, 3, 2], [2, 2, 2], [2, 2, 1], .same),
  ].flatMap { (shape: Shape, window: [Int], strides: [Int], padding: ConvPadding) in
    let (x, values) = (Sample.distinct(shape), Sample.any(shape, 2))
    let dy = Sample.any(x.maxPool(window: window, strides: strides, padding: padding).shape, 3)
    let what = "\(window) by \(strides), \(padding), of \(shape)"
    return [
      OperationCase("max pool \(what)", Pool(kind: .max, window: window, strides: strides, padding: padding), [x]),
      OperationCase(
        "average pool \(what)", Pool(kind: .average, window: window, strides: strides, padding: padding), [x]),
      OperationCase(
        "gradient of max pool \(what)", MaxPoolGradient(window: window, strides: strides, padding: padding), [x, dy]),
      OperationCase(
        "gradient of max pool \(what), given the result",
        MaxPoolGradient(window: window, strides: strides, padding: padding, hasPooled: true),
        [x, dy, x.maxPool(window: window, strides: strides, padding: padding)], derivatives: 0),
      OperationCase(
        "gather of max pool \(what)", MaxPoolGather(window: window, strides: strides, padding: padding), [x, values]),
      OperationCase(
        "gradient of average pool \(what)",
        AveragePoolGradient(window: window, strides: strides, padding: padding, inputShape: shape), [dy]),
    ] + taps(x, dy, window, strides, padding, what)
  }

  private static func taps(
    _ x: Tensor, _ dy: Tensor, _ window: [Int], _ strides: [Int], _ padding: ConvPadding, _ what: String
  ) -> [OperationCase] {
    let pool = MaxPoolWithTaps(window: window, strides: strides, padding: padding)
    return [
      OperationCase("max pool with taps \(what)", pool, [x], derivatives: 0),
      OperationCase(
        "gradient of max pool \(what), from taps",
        MaxPoolGradientFromTaps(window: window, strides: strides, padding: padding, inputShape: x.shape),
        [Tensor.apply(pool, [x])[1], dy], derivatives: 0),
    ]
  }
}
