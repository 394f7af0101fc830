public import TensorCore

/// The function that a built layer is: tensors in, tensors out; weights, mode and randomness come from the context.
public struct Forward: Sendable {
  private let body: @Sendable ([Tensor], inout CallContext) -> [Tensor]

  /// A function of one tensor.
  public init(_ body: @escaping @Sendable (Tensor, inout CallContext) -> Tensor) {
    self.body = { inputs, context in [body(inputs[0], &context)] }
  }

  /// A function of several tensors, or with several results.
  public init(many body: @escaping @Sendable ([Tensor], inout CallContext) -> [Tensor]) { self.body = body }

  public func callAsFunction(_ inputs: [Tensor], _ context: inout CallContext) -> [Tensor] {
    body(inputs, &context)
  }

  public func callAsFunction(_ input: Tensor, _ context: inout CallContext) -> Tensor {
    body([input], &context)[0]
  }
}

/// What a layer's function may know besides its inputs. Explicit, so that one built model can run inference and
/// training at the same time.
public struct CallContext: Sendable {
  /// Tracked by a tape or plain: layers cannot tell.
  public var weights: Weights
  public var isTraining: Bool
  /// For layers that draw random numbers: `context.random.split()`.
  public var random: RandomKey
  /// The masks of the inputs of the layer being called, one per input: bool, `[batch, time]`, false where a step is
  /// padding. nil, or an empty array, where there are none. A layer whose `maskRule` is `own` leaves here those of its
  /// outputs.
  public var masks: [Tensor?] = []
  /// The arguments of the present call besides its tensors.
  public internal(set) var call = CallArguments()
  /// New values for weights that are not trained by gradient (moving statistics), and for states, to be stored after the
  /// step.
  public private(set) var updates: [(key: WeightKey, value: Tensor)] = []
  /// Values that weights get before the step.
  public private(set) var assignments: [(key: WeightKey, value: Tensor)] = []
  /// What layers add to the loss: the penalties of their outputs. Tensors of shape `[]`.
  public private(set) var losses: [Tensor] = []
  /// Whether activations remember the logits of probabilities that they return (`logits(of:)`).
  public var remembersLogits = false
  /// Whether only the specs of what comes out matter, and there are no values.
  var isInferringShapes = false
  /// What weights are cast to where they are used; nil: nothing.
  var computeDType: DType?

  private var logits: [Logits] = []
  private let firstSlot: Int

  public init(weights: Weights, isTraining: Bool = false, random: RandomKey = RandomKey(seed: 0)) {
    self.init(weights: weights, firstSlot: 0, isTraining: isTraining, random: random)
  }

  /// A context that knows the weights from `firstSlot` on, as shape inference of one layer needs them.
  init(weights: Weights, firstSlot: Int, isTraining: Bool, random: RandomKey) {
    self.weights = weights
    self.firstSlot = firstSlot
    self.isTraining = isTraining
    self.random = random
  }

  /// A weight, in the element type in which the layer calculates.
  public subscript(_ key: WeightKey) -> Tensor {
    let weight = weights.tensors[key.slot - firstSlot]
    guard let computeDType, weight.dtype.isFloating else { return weight }
    return weight.cast(to: computeDType)
  }

  /// Stores a new value for a weight once the step is done.
  ///
  /// A layer that is called again in the same step sees it already, as in Keras.
  public mutating func update(_ key: WeightKey, to value: Tensor) {
    let value = value.cast(to: key.spec.dtype).stopGradient()
    updates.append((key, value))
    weights.tensors[key.slot - firstSlot] = value
  }

  /// Gives a weight another value before the step: what comes later in the call sees it, its gradient is that of this value,
  /// and the step begins from it.
  public mutating func assign(_ key: WeightKey, to value: Tensor) {
    let slot = key.slot - firstSlot
    let value = value.cast(to: key.spec.dtype).stopGradient()
    assignments.append((key, value))
    // The value of the new one, the gradient of the old.
    let old = weights.tensors[slot]
    weights.tensors[slot] = value + (old - old.stopGradient())
  }

  /// Stores what a layer keeps from batch to batch.
  mutating func keep(_ states: some Sequence<Tensor>, as keys: [WeightKey]) {
    for (key, state) in zip(keys, states) { update(key, to: state) }
  }

  /// Adds to the loss of the step, besides what the outputs cost. Keras's `add_loss`.
  public mutating func add(loss: Tensor) { losses.append(loss.rank == 0 ? loss : loss.sum()) }

  // MARK: Masks

  /// The mask of one of the inputs.
  public func mask(_ index: Int = 0) -> Tensor? { index < masks.count ? masks[index] : nil }

  /// Calls a layer's function and turns the masks of its inputs into those of its outputs.
  mutating func applyMaskRule(_ rule: MaskRule, around body: (inout CallContext) -> [Tensor]) -> [Tensor] {
    let arriving = masks
    let outputs = body(&self)
    switch rule {
    case .stops: masks = []
    case .passes: masks = arriving.isEmpty ? [] : outputs.map { _ in arriving[0] }
    case .own: break
    }
    return outputs
  }

  // MARK: Logits

  /// What a crossentropy can be computed from without loss of precision.
  public struct Logits: Sendable {
    public enum Kind: Sendable { case softmax, sigmoid }

    public let kind: Kind
    /// The pre-activation, of the probabilities' shape.
    public let values: Tensor
    let probabilities: Tensor
  }

  /// Called by softmax and sigmoid activations, as Keras's do, so that a loss on their very output is computed from the
  /// logits.
  public mutating func rememberLogits(_ kind: Logits.Kind, _ values: Tensor, of probabilities: Tensor) {
    guard remembersLogits else { return }
    logits.append(Logits(kind: kind, values: values, probabilities: probabilities))
  }

  /// The logits of probabilities that came straight from a softmax or sigmoid.
  public func logits(of probabilities: Tensor) -> Logits? {
    logits.last { $0.probabilities.isSameValue(as: probabilities) }
  }
}
