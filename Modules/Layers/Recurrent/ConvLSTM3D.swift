public import TensorCore

/// Long short-term memory with three-dimensional convolutions in place of products. Shi et al. 2015. Keras: `ConvLSTM3D`.
///
/// `[batch, time, depth, height, width, channels] -> [batch, newDepth, newHeight, newWidth, filters]`, or with the
/// time behind the batch with `returnSequences`; with `returnState` the final states h and c too. Called on three inputs,
/// the last two are the initial states. A masked step leaves states and output as they are.
public struct ConvLSTM3D: ConvLSTMLayer {
  public static let kind = "ConvLSTM3D"
  public static let template = ConvLSTM3D(filters: 1, kernelSize: 1)
  public static let requiredKeys = ["filters", "kernel_size"]

  /// Whether the output of every step comes out, not the last alone.
  public var returnSequences = false
  /// Whether the final states come out too.
  public var returnState = false
  /// Whether the steps are taken last to first; the output sequence is then in that order.
  public var goBackwards = false
  /// Whether each batch goes on from the states in which the one before it ended (`Model.resetStates`).
  public var stateful = false
  /// Of no effect here: every step is computed alike.
  public var unroll = false
  /// Whether a masked step's output is zeros, not the output before it.
  public var zeroOutputForMask = false
  public var timeMajor = false
  public var filters: Int
  /// Of both convolutions, that of the input and that of h.
  public var kernelSize: Sizes<3>
  /// Of the input's convolution, as `padding` and `dilationRate`; that of h keeps the size.
  public var strides: Sizes<3> = 1
  public var padding = Padding.valid
  public var dataFormat: DataFormat? = .channelsLast
  public var dilationRate: Sizes<3> = 1
  public var activation = Activation.tanh
  public var recurrentActivation = Activation.sigmoid
  public var useBias = true
  public var kernelInitializer = Initializer.glorotUniform
  public var recurrentInitializer = Initializer.orthogonal()
  public var biasInitializer = Initializer.zeros
  /// Whether the forget gate's bias begins at one (Jozefowicz et al. 2015).
  public var unitForgetBias = true
  public var kernelRegularizer: Regularizer?
  public var recurrentRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var recurrentConstraint: Constraint?
  public var biasConstraint: Constraint?
  /// The share of inputs that training drops, for each gate its own, the same ones at every step.
  public var dropout = 0.0
  /// The same of h on its way into the gates.
  public var recurrentDropout = 0.0
  public var seed: Int?

  public init(
    filters: Int, kernelSize: Sizes<3>, strides: Sizes<3> = 1, padding: Padding = .valid, dilationRate: Sizes<3> = 1,
    activation: Activation = .tanh, recurrentActivation: Activation = .sigmoid, useBias: Bool = true,
    returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, dropout: Double = 0,
    recurrentDropout: Double = 0
  ) {
    (self.filters, self.kernelSize, self.strides) = (filters, kernelSize, strides)
    (self.padding, self.dilationRate, self.useBias) = (padding, dilationRate, useBias)
    (self.activation, self.recurrentActivation) = (activation, recurrentActivation)
    (self.returnSequences, self.returnState, self.goBackwards) = (returnSequences, returnState, goBackwards)
    (self.dropout, self.recurrentDropout) = (dropout, recurrentDropout)
  }

  var kernelNumbers: [Int] { kernelSize.array }
  var strideNumbers: [Int] { strides.array }
  var dilationNumbers: [Int] { dilationRate.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildConvLSTM(&scope, inputs: inputs)
  }
}
