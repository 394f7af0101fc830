/// Gated recurrent units over a whole sequence. Keras: `GRU`. Inputs, outputs and masks: `RecurrentSequence`.
///
/// z, r = recurrentActivation(x W + h U + b). With `resetAfter` the candidate is activation(x Wh + bh + r (h Uh + b'h)),
/// otherwise activation(x Wh + (r h) Uh + bh). h' = z h + (1 - z) candidate.
public struct GRUSequence: Operation, RecurrentSequence {
  public static let name = "gru_sequence"

  public var options: RecurrentOptions
  public var resetAfter: Bool

  public init(_ options: RecurrentOptions = RecurrentOptions(), resetAfter: Bool = true) {
    (self.options, self.resetAfter) = (options, resetAfter)
  }

  public var cell: RecurrentCell { .gru(resetAfter: resetAfter) }
}
