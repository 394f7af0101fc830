internal import TensorCore

extension OperationCorpus {
  /// Every activation, with parameters other than the usual ones where there are any.
  static let everyActivation: [FusableActivation] = [
    .linear, .relu, .relu6, .leakyRelu(slope: 0.3), .elu(alpha: 0.7), .selu, .gelu, .geluTanh, .silu, .mish, .softplus,
    .softsign, .tanh, .sigmoid, .hardSigmoid, .hardSigmoidKeras2, .hardSilu, .exponential, .hardTanh, .softShrink,
    .hardShrink, .tanhShrink, .squareplus, .logSigmoid, .celu, .sparsePlus, .sparseSigmoid,
  ]

  static let activations: [OperationCase] = everyActivation.flatMap { activation in
    let (x, dy) = (Sample.distinct([9, 7]), Sample.any([9, 7], 3))
    var cases = [
      OperationCase("activate \(activation)", Activate(activation: activation), [x]),
      OperationCase("gradient of \(activation)", ActivateGradient(activation: activation), [x, dy]),
    ]
    if activation.hasGradientFromOutput {
      // Outputs near a bound lie on its side: what comes out of the function, which is what rules give.
      let y = x.activated(activation)
      cases.append(
        OperationCase(
          "gradient of \(activation) from its output", ActivateGradientFromOutput(activation: activation), [y, dy],
          derivatives: activation.isSmoothInOutput ? 2 : 0))
    }
    return cases
  }
}

extension FusableActivation {
  /// Whether the slope as a function of the output can be differenced at outputs of the function (a clipped output lies
  /// on a kink itself).
  fileprivate var isSmoothInOutput: Bool {
    switch self {
    case .linear, .leakyRelu, .elu, .selu, .celu, .softplus, .tanh, .sigmoid, .exponential: true
    default: false
    }
  }
}
