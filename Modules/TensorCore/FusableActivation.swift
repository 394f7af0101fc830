internal import CKernels

/// An elementwise function that `Linear` and `Conv` can apply to their result while it is still in the cache, and that
/// `Activate` applies on its own. Definitions are those of Keras 3's `keras.activations`.
public enum FusableActivation: Hashable, Sendable {
  case linear
  case relu
  /// min(max(x, 0), 6)
  case relu6
  /// slope * x below 0
  case leakyRelu(slope: Double)
  /// alpha * (exp(x) - 1) below 0
  case elu(alpha: Double)
  case selu
  /// With the error function.
  case gelu
  /// Hendrycks and Gimpel's approximation with tanh.
  case geluTanh
  /// x * sigmoid(x), also called swish.
  case silu
  case mish
  case softplus
  case softsign
  case tanh
  case sigmoid
  /// relu6(x + 3) / 6, as Keras 3.
  case hardSigmoid
  /// clip(0.2 x + 0.5, 0, 1), as Keras 2.
  case hardSigmoidKeras2
  /// x * hardSigmoid(x)
  case hardSilu
  case exponential
  /// clip(x, -1, 1)
  case hardTanh
  /// Threshold 0.5.
  case softShrink
  /// Threshold 0.5.
  case hardShrink
  /// x - tanh(x)
  case tanhShrink
  /// (x + sqrt(x² + 4)) / 2
  case squareplus
  case logSigmoid
  /// alpha 1
  case celu
  /// 0 below -1, (x + 1)² / 4 up to 1, then x.
  case sparsePlus
  /// clip((x + 1) / 2, 0, 1)
  case sparseSigmoid

  /// The parameter of the functions that have one; 0 elsewhere (1 for `celu`).
  public var alpha: Double {
    switch self {
    case .leakyRelu(let slope): slope
    case .elu(let alpha): alpha
    case .celu: 1
    default: 0
    }
  }

  /// Whether the slope follows from the function's value, so that the argument need not be kept for the gradient.
  public var hasGradientFromOutput: Bool { ck_activation_has_gradient_from_output(kernel, alpha) != 0 }

  var kernel: ck_activation {
    switch self {
    case .linear: CK_ACTIVATION_LINEAR
    case .relu: CK_ACTIVATION_RELU
    case .relu6: CK_ACTIVATION_RELU6
    case .leakyRelu: CK_ACTIVATION_LEAKY_RELU
    case .elu: CK_ACTIVATION_ELU
    case .selu: CK_ACTIVATION_SELU
    case .gelu: CK_ACTIVATION_GELU
    case .geluTanh: CK_ACTIVATION_GELU_TANH
    case .silu: CK_ACTIVATION_SILU
    case .mish: CK_ACTIVATION_MISH
    case .softplus: CK_ACTIVATION_SOFTPLUS
    case .softsign: CK_ACTIVATION_SOFTSIGN
    case .tanh: CK_ACTIVATION_TANH
    case .sigmoid: CK_ACTIVATION_SIGMOID
    case .hardSigmoid: CK_ACTIVATION_HARD_SIGMOID
    case .hardSigmoidKeras2: CK_ACTIVATION_HARD_SIGMOID_KERAS2
    case .hardSilu: CK_ACTIVATION_HARD_SILU
    case .exponential: CK_ACTIVATION_EXPONENTIAL
    case .hardTanh: CK_ACTIVATION_HARD_TANH
    case .softShrink: CK_ACTIVATION_SOFT_SHRINK
    case .hardShrink: CK_ACTIVATION_HARD_SHRINK
    case .tanhShrink: CK_ACTIVATION_TANH_SHRINK
    case .squareplus: CK_ACTIVATION_SQUAREPLUS
    case .logSigmoid: CK_ACTIVATION_LOG_SIGMOID
    case .celu: CK_ACTIVATION_CELU
    case .sparsePlus: CK_ACTIVATION_SPARSE_PLUS
    case .sparseSigmoid: CK_ACTIVATION_SPARSE_SIGMOID
    }
  }
}
