/// What the recurrent sequence operations have in common besides their cell.
public struct RecurrentOptions: Hashable, Sendable {
  /// Of the candidate state, and of the LSTM's cell state on its way out.
  public var activation = FusableActivation.tanh
  /// Of the gates; a `SimpleRNNSequence` has none.
  public var recurrentActivation = FusableActivation.sigmoid
  /// Whether the steps are taken last to first. The output sequence is in the order in which they are taken.
  public var goBackwards = false
  /// Whether the output is `[batch, time, units]`, not that of the last step, `[batch, units]`.
  public var returnsSequences = false
  /// Whether there is a last output with what the gradient needs.
  public var keepsWorkspace = false
  /// Whether a masked step's output is zeros, not the output before it.
  public var zeroOutputForMask = false
  /// Which of the optional inputs there are.
  public var hasBias = true
  public var hasInitialState = false
  public var hasMask = false

  public init() {}

  /// Whether the operations take an activation: its slope has to follow from its value.
  public static func supports(_ activation: FusableActivation) -> Bool { activation.hasGradientFromOutput }
}

/// Where the inputs of a recurrent sequence operation are: x, kernel and recurrent kernel, then those that the options
/// say there are.
public struct RecurrentInputs: Hashable, Sendable {
  /// `[batch, time, features]`
  public let x = 0
  /// `[features, gates * units]`
  public let kernel = 1
  /// `[units, gates * units]`
  public let recurrentKernel = 2
  /// `RecurrentCell.biasShape`
  public let bias: Int?
  /// `[batch, units]` each: h, and the LSTM's c.
  public let initialStates: Range<Int>?
  /// bool `[batch, time]`; false where a step is to be skipped.
  public let mask: Int?
  public let count: Int

  init(_ options: RecurrentOptions, stateCount: Int) {
    var next = 3
    bias = options.hasBias ? next : nil
    if options.hasBias { next += 1 }
    initialStates = options.hasInitialState ? next..<next + stateCount : nil
    if options.hasInitialState { next += stateCount }
    mask = options.hasMask ? next : nil
    count = options.hasMask ? next + 1 : next
  }
}
