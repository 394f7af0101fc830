internal import TensorCore

/// What CuDNNLSTM and CuDNNGRU have in common: settings that cuDNN fixes, and the layout of its weights.
///
/// Each gate's kernel is in Fortran order, its recurrent kernel transposed, and there are biases for the input and the
/// recurrent product, one behind the other.
protocol CuDNNLayer: RecurrentLayer {}

extension CuDNNLayer {
  static var cellName: String { "" }
  var activation: Activation { .tanh }
  var useBias: Bool { true }
  var dropout: Double { 0 }
  var recurrentDropout: Double { 0 }
  var implementation: Int { 2 }
  /// cuDNN has no masks.
  public var zeroOutputForMask: Bool {
    get { false }
    set {}
  }
}

extension RecurrentLayer {
  /// Kernel, recurrent kernel and bias as the plain layer has them.
  func plainWeights(_ weights: [Tensor]) -> [Tensor] {
    guard self is any CuDNNLayer else { return weights }
    return CuDNNWeights(gateCount: cell.gateCount).plain(weights, biasShape: cell.biasShape(units: units))
  }

  /// Of the bias that is declared.
  var declaredBiasShape: Shape {
    self is any CuDNNLayer ? [2 * cell.gateCount * units] : cell.biasShape(units: units)
  }
}

/// Between the weights of cuDNN's layers and plain ones, as Keras 2 converts them.
struct CuDNNWeights: Sendable {
  let gateCount: Int

  /// Kernel `[features, gates * units]`, recurrent kernel `[units, gates * units]` and bias of a plain layer, from those of
  /// a cuDNN layer.
  ///
  /// - Parameters:
  ///   - weights: with a bias `[2 * gates * units]`.
  ///   - biasShape: of the plain layer: `[gates * units]`, whose bias is the sum, or `[2, gates * units]`.
  func plain(_ weights: [Tensor], biasShape: Shape) -> [Tensor] {
    let kernel = byGate(weights[0]) { $0.reshaped([$0.shape[1], $0.shape[0]]).transposed([1, 0]) }
    let recurrent = byGate(weights[1]) { $0.transposed([1, 0]) }
    let biases = weights[2].reshaped([2, weights[2].elementCount / 2])
    return [kernel, recurrent, biasShape.rank == 2 ? biases : biases.sum(axes: [0])]
  }

  /// The other way. A plain layer's one bias is halved.
  func cuDNN(_ weights: [Tensor]) -> [Tensor] {
    let kernel = byGate(weights[0]) { $0.transposed([1, 0]).reshaped($0.shape) }
    let recurrent = byGate(weights[1]) { $0.transposed([1, 0]) }
    let bias = weights[2]
    return [
      kernel, recurrent,
      bias.rank == 2 ? bias.reshaped([bias.elementCount]) : Tensor.concatenate([bias * 0.5, bias * 0.5], axis: 0),
    ]
  }

  private func byGate(_ matrix: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    Tensor.concatenate(matrix.split(count: gateCount, axis: 1).map(body), axis: 1)
  }
}
