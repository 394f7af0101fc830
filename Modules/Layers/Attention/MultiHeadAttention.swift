public import TensorCore

/// Attention by several heads, each with projections of its own for queries, keys and values. Vaswani et al. 2017. Keras:
/// `MultiHeadAttention`.
///
/// Inputs: query `[batch, queries, features]`, value `[batch, values, n]`, and perhaps key `[batch, values, m]`, which is
/// the value otherwise; more axes in between are allowed. Output: `[batch, queries, features]`, or `outputShape` last;
/// called with `return_attention_scores` also the weights `[batch, heads, queries, values]`. With `use_causal_mask` a query
/// does not see later values; a further input `attention_mask` `[batch, queries, values]` says what it sees. Masks of the
/// inputs are heeded; `value_mask` and `key_mask` `[batch, values]`, given by name, take their places. A `query_mask` that is
/// given changes nothing, as in Keras 3.15.
public struct MultiHeadAttention: Layer {
  public static let kind = "MultiHeadAttention"
  public static let template = MultiHeadAttention(numHeads: 1, keyDim: 1)
  public static let requiredKeys = ["num_heads", "key_dim"]
  public static let inputNames = AttentionRoles.names

  public var numHeads: Int
  /// The length of a head's queries and keys.
  public var keyDim: Int
  /// The length of a head's values; nil: that of its keys.
  public var valueDim: Int?
  /// The share of weights that training drops.
  public var dropout = 0.0
  public var useBias = true
  /// Whether each head's result is multiplied with a sigmoid of the query.
  public var useGate = false
  /// The last sizes of the output; nil: the query's last.
  public var outputShape: OpenShape?
  /// The axes that are attended over; nil: all between batch and features.
  public var attentionAxes: KerasAxes?
  /// How far from a query's place values are seen, the place itself counted; nil: as far as there are any.
  public var slidingWindow: Int?
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  /// Of the projections and of the output.
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?
  public var seed: Int?

  public init(
    numHeads: Int, keyDim: Int, valueDim: Int? = nil, dropout: Double = 0, useBias: Bool = true,
    outputShape: OpenShape? = nil, attentionAxes: KerasAxes? = nil
  ) {
    (self.numHeads, self.keyDim, self.valueDim) = (numHeads, keyDim, valueDim)
    (self.dropout, self.useBias, self.outputShape) = (dropout, useBias, outputShape)
    self.attentionAxes = attentionAxes
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let roles = try AttentionRoles(scope.call, inputs, of: Self.kind)
    try checkSettings()
    let rank = inputs[roles.query].rank
    let valueDim = valueDim ?? keyDim
    let projections = AttentionProjections(
      initializers: (kernelInitializer, biasInitializer), regularizers: (kernelRegularizer, biasRegularizer),
      activityRegularizer: activityRegularizer, constraints: (kernelConstraint, biasConstraint), useBias: useBias)
    let heads = { (length: Int) in [numHeads, length] }
    let query = try projections.child(&scope, "query", inputs[roles.query], to: heads(keyDim))
    let key = try projections.child(&scope, "key", inputs[roles.key], to: heads(keyDim))
    let gate =
      useGate
      ? try projections.child(&scope, "gate", inputs[roles.query], to: heads(valueDim), activation: .sigmoid) : nil
    let value = try projections.child(&scope, "value", inputs[roles.value], to: heads(valueDim))
    let result = TensorSpec(
      Shape(inputs[roles.query].shape.array.dropLast() + heads(valueDim)), inputs[roles.query].dtype)
    let last = outputShape?.sizes.map { $0 ?? 1 } ?? [inputs[roles.query].shape.last]
    let output = try projections.child(&scope, "attention_output", result, bound: 2, to: last)
    let axes = try attendedAxes(rank, inputs[roles.query].shape)
    let attention = HeadedAttention(
      scale: 1 / Double(keyDim).squareRoot(), rank: rank + 1, axes: axes, dropout: dropout, seed: seed,
      slidingWindow: slidingWindow, kerasMajorVersion: scope.kerasMajorVersion)
    return Forward(many: { inputs, context in
      let given = GivenMasks(context, inputs)
      let (roles, call) = (AttentionRoles(context.call, count: inputs.count), context.call)
      let gates = gate.map { $0.forward(inputs[roles.query], &context) }
      let q = query.forward(inputs[roles.query], &context)
      let k = key.forward(inputs[roles.key], &context)
      let v = value.forward(inputs[roles.value], &context)
      let (attended, weights) = attention.attend(q, k, v, given.of(roles, takesQueryMask: false), call, &context)
      let y = output.forward(gates.map { attended * $0 } ?? attended, &context)
      context.masks = [given.masks[roles.query]]
      return call.flag("return_attention_scores") ? [y, weights] : [y]
    })
  }

  private func checkSettings() throws(CoreError) {
    try expect(numHeads > 0, "num_heads", numHeads, "a number above 0")
    try expect(keyDim > 0, "key_dim", keyDim, "a number above 0")
    try expect((valueDim ?? 1) > 0, "value_dim", valueDim ?? 1, "a number above 0")
    try expect((0..<1).contains(dropout), "dropout", dropout, "a number from 0 to below 1")
    try expect((slidingWindow ?? 1) > 0, "sliding_window", slidingWindow ?? 1, "a number above 0")
  }

  private func attendedAxes(_ rank: Int, _ shape: Shape) throws(CoreError) -> [Int] {
    guard let attentionAxes else { return Array(1..<(rank - 1)) }
    let axes = attentionAxes.values.map { $0 < 0 ? $0 + rank : $0 }
    try expect(
      !axes.isEmpty && axes.allSatisfy { (1..<(rank - 1)).contains($0) } && Set(axes).count == axes.count,
      "attention_axes", "\(attentionAxes.values)",
      "different axes between batch and features of \(Shape.batchDescription(shape))")
    return axes
  }
}

extension MultiHeadAttention: DialectSpelling {
  /// Keras 2 knows neither gate nor window.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    guard dialect == .keras2 else { return }
    if config["use_gate"]?.boolValue == false { config["use_gate"] = nil }
    for key in ["sliding_window", "seed"] where config[key]?.isNull == true { config[key] = nil }
    if let sizes = config["output_shape"]?.arrayValue, sizes.count == 1 { config["output_shape"] = sizes[0] }
  }
}
