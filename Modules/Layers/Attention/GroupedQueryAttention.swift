public import TensorCore

/// Attention by several heads, of which groups share keys and values. Ainslie et al. 2023. Keras: `GroupedQueryAttention`.
///
/// Inputs, outputs, masks and switches as for `MultiHeadAttention`, of three dimensions.
public struct GroupedQueryAttention: Layer {
  public static let kind = "GroupedQueryAttention"
  public static let template = GroupedQueryAttention(headDim: 1, numQueryHeads: 1, numKeyValueHeads: 1)
  public static let requiredKeys = ["head_dim", "num_query_heads", "num_key_value_heads"]
  public static let inputNames = AttentionRoles.names

  /// The length of a head's queries, keys and values.
  public var headDim: Int
  public var numQueryHeads: Int
  /// A divisor of the number of heads.
  public var numKeyValueHeads: Int
  public var useBias = true
  /// Whether each head's result is multiplied with a sigmoid of the query.
  public var useGate = false
  /// How far from a query's place values are seen, the place itself counted; nil: as far as there are any.
  public var slidingWindow: Int?
  /// The share of weights that training drops.
  public var dropout = 0.0
  public var kernelInitializer = Initializer.glorotUniform
  public var biasInitializer = Initializer.zeros
  public var kernelRegularizer: Regularizer?
  public var biasRegularizer: Regularizer?
  /// Of the projections and of the output.
  public var activityRegularizer: Regularizer?
  public var kernelConstraint: Constraint?
  public var biasConstraint: Constraint?
  public var seed: Int?

  public init(headDim: Int, numQueryHeads: Int, numKeyValueHeads: Int, dropout: Double = 0, useBias: Bool = true) {
    (self.headDim, self.numQueryHeads, self.numKeyValueHeads) = (headDim, numQueryHeads, numKeyValueHeads)
    (self.dropout, self.useBias) = (dropout, useBias)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let roles = try AttentionRoles(scope.call, inputs, of: Self.kind)
    _ = try expectOneInput([inputs[roles.query]], ranks: 3...3)
    try checkSettings()
    let projections = AttentionProjections(
      initializers: (kernelInitializer, biasInitializer), regularizers: (kernelRegularizer, biasRegularizer),
      activityRegularizer: activityRegularizer, constraints: (kernelConstraint, biasConstraint), useBias: useBias)
    let (queryHeads, otherHeads) = ([numQueryHeads, headDim], [numKeyValueHeads, headDim])
    let query = try projections.child(&scope, "query", inputs[roles.query], to: queryHeads)
    let key = try projections.child(&scope, "key", inputs[roles.key], to: otherHeads)
    let gate =
      useGate
      ? try projections.child(&scope, "gate", inputs[roles.query], to: queryHeads, activation: .sigmoid) : nil
    let value = try projections.child(&scope, "value", inputs[roles.value], to: otherHeads)
    let result = TensorSpec(
      Shape(inputs[roles.query].shape.array.dropLast() + queryHeads), inputs[roles.query].dtype)
    let output = try projections.child(
      &scope, "attention_output", result, bound: 2, to: [inputs[roles.query].shape.last])
    let attention = HeadedAttention(
      scale: 1 / Double(headDim).squareRoot(), rank: 4, axes: [1], dropout: dropout, seed: seed,
      slidingWindow: slidingWindow, kerasMajorVersion: scope.kerasMajorVersion)
    let repeats = numQueryHeads / numKeyValueHeads
    return Forward(many: { inputs, context in
      let given = GivenMasks(context, inputs)
      let (roles, call) = (AttentionRoles(context.call, count: inputs.count), context.call)
      let gates = gate.map { $0.forward(inputs[roles.query], &context) }
      let q = query.forward(inputs[roles.query], &context)
      let k = key.forward(inputs[roles.key], &context).eachRepeated(repeats, axis: 2)
      let v = value.forward(inputs[roles.value], &context).eachRepeated(repeats, axis: 2)
      let (attended, weights) = attention.attend(q, k, v, given.of(roles, takesQueryMask: true), call, &context)
      let y = output.forward(gates.map { attended * $0 } ?? attended, &context)
      context.masks = [given.masks[roles.query]]
      return call.flag("return_attention_scores") ? [y, weights] : [y]
    })
  }

  private func checkSettings() throws(CoreError) {
    try expect(headDim > 0, "head_dim", headDim, "a number above 0")
    try expect(numKeyValueHeads > 0, "num_key_value_heads", numKeyValueHeads, "a number above 0")
    try expect(
      numQueryHeads > 0 && numQueryHeads % numKeyValueHeads == 0, "num_query_heads", numQueryHeads,
      "a multiple of num_key_value_heads \(numKeyValueHeads)")
    try expect((0..<1).contains(dropout), "dropout", dropout, "a number from 0 to below 1")
    try expect((slidingWindow ?? 1) > 0, "sliding_window", slidingWindow ?? 1, "a number above 0")
  }
}
