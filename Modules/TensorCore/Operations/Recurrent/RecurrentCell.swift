internal import CKernels

/// What a recurrent sequence does at each step. Gates lie side by side, `units` columns each, in Keras's order.
public enum RecurrentCell: Hashable, Sendable {
  /// h' = f(x W + h U + b)
  case simple
  /// Hochreiter and Schmidhuber 1997, with a forget gate; gates i, f, c, o and states h, c.
  case lstm
  /// Cho et al. 2014; gates z, r, h. With `resetAfter` the reset gate acts behind the recurrent product, which then has a
  /// bias of its own.
  case gru(resetAfter: Bool)

  public var gateCount: Int {
    switch self {
    case .simple: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  public var stateCount: Int { self == .lstm ? 2 : 1 }

  /// The shape of the bias: `[gates * units]`, or `[2, gates * units]` where the recurrent product has its own.
  public func biasShape(units: Int) -> Shape {
    self == .gru(resetAfter: true) ? [2, gateCount * units] : [gateCount * units]
  }

  var kernel: ck_recurrent_cell {
    switch self {
    case .simple: CK_RECURRENT_SIMPLE
    case .lstm: CK_RECURRENT_LSTM
    case .gru(let resetAfter): resetAfter ? CK_RECURRENT_GRU_RESET_AFTER : CK_RECURRENT_GRU
    }
  }
}
