/// The plain recurrence over a whole sequence. Keras: `SimpleRNN`. Inputs, outputs and masks: `RecurrentSequence`.
///
/// h' = activation(x W + h U + b)
public struct SimpleRNNSequence: Operation, RecurrentSequence {
  public static let name = "simple_rnn_sequence"

  public var options: RecurrentOptions

  public init(_ options: RecurrentOptions = RecurrentOptions()) { self.options = options }

  public var cell: RecurrentCell { .simple }
}
