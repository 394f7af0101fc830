internal import COneDNN
internal import TensorCore

extension FusableActivation {
  /// The library's form of the function, where it is the same function; nil where ours has to finish the result.
  ///
  /// Of the library's own, `elu`, `gelu`, `mish`, `softplus` and `exp` were measured to be off by more than rounding, or to
  /// lose NaN. Its `relu` and `clip` take NaN for 0: they are fine behind weights that are known to be finite, where only
  /// an input that is not a number could make one (`hasFiniteWeights`); training, whose weights may diverge, has to see
  /// it, so there they are ours.
  func fused(hasFiniteWeights: Bool) -> cdnn_epilogue? {
    func epilogue(_ activation: cdnn_activation, alpha: Float = 0, beta: Float = 0) -> cdnn_epilogue {
      cdnn_epilogue(has_sum: 0, activation: activation, alpha: alpha, beta: beta)
    }
    switch self {
    case .linear: return epilogue(CDNN_LINEAR)
    case .relu: return hasFiniteWeights ? epilogue(CDNN_RELU) : nil
    case .relu6: return hasFiniteWeights ? epilogue(CDNN_CLIP, beta: 6) : nil
    case .leakyRelu(let slope): return slope == 0 ? nil : epilogue(CDNN_RELU, alpha: Float(slope))
    case .tanh: return epilogue(CDNN_TANH)
    case .sigmoid: return epilogue(CDNN_SIGMOID)
    case .silu: return epilogue(CDNN_SWISH, alpha: 1)
    default: return nil
    }
  }
}
