/// Long short-term memory over a whole sequence. Keras: `LSTM`. Inputs, outputs and masks: `RecurrentSequence`; states
/// are h and c.
///
/// i, f, o = recurrentActivation(x W + h U + b); c' = f c + i activation(x Wc + h Uc + bc); h' = o activation(c').
public struct LSTMSequence: Operation, RecurrentSequence {
  public static let name = "lstm_sequence"

  public var options: RecurrentOptions

  public init(_ options: RecurrentOptions = RecurrentOptions()) { self.options = options }

  public var cell: RecurrentCell { .lstm }
}
