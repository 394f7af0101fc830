internal import TensorCore

/// What the projections of a layer with heads have in common.
struct AttentionProjections {
  let initializers: (kernel: Initializer, bias: Initializer)
  let regularizers: (kernel: Regularizer?, bias: Regularizer?)
  let activityRegularizer: Regularizer?
  let constraints: (kernel: Constraint?, bias: Constraint?)
  let useBias: Bool

  /// A projection of the last axes, `bound` many, to others.
  func child(
    _ scope: inout BuildScope, _ name: String, _ input: TensorSpec, bound: Int = 1, to sizes: [Int],
    activation: Activation = .linear
  ) throws(CoreError) -> BuiltLayer {
    let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    let free = input.rank - bound
    let (kept, summed) = (letters[..<free].joined(), letters[free..<input.rank].joined())
    let made = letters[input.rank..<(input.rank + sizes.count)].joined()
    let open = Array(repeating: Int?.none, count: free - 1)
    var layer = EinsumDense(
      "\(kept)\(summed),\(summed)\(made)->\(kept)\(made)", outputShape: OpenShape(open + sizes.map { $0 }),
      activation: activation, biasAxes: useBias ? made : nil)
    (layer.kernelInitializer, layer.biasInitializer) = initializers
    (layer.kernelRegularizer, layer.biasRegularizer) = regularizers
    (layer.kernelConstraint, layer.biasConstraint) = constraints
    layer.activityRegularizer = activityRegularizer
    let child = try scope.child(name, layer, inputs: [input])
    scope.adopt(child)
    return child
  }
}

/// Which of a call's inputs are query, value and key, and the explicit mask.
struct AttentionRoles: Sendable {
  /// In the order of Keras 3. In that of Keras 2 and here, a fourth place is the attention mask's.
  static let names = ["query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask"]

  let query: Int
  let value: Int
  let key: Int
  let mask: Int?
  /// Of masks given in place of those that come with the inputs.
  let queryMask: Int?
  let valueMask: Int?
  let keyMask: Int?

  init(_ call: CallArguments, count: Int) {
    query = call.index(of: "query", position: 0, count: count) ?? 0
    value = call.index(of: "value", position: 1, count: count) ?? query
    key = call.index(of: "key", position: 2, count: count) ?? value
    mask = call.index(of: "attention_mask", position: 3, count: count)
    queryMask = call.index(of: "query_mask", position: .max, count: count)
    valueMask = call.index(of: "value_mask", position: .max, count: count)
    keyMask = call.index(of: "key_mask", position: .max, count: count)
  }

  /// Throws unless query and value are there and their shapes suit.
  init(_ call: CallArguments, _ inputs: [TensorSpec], of kind: String) throws(CoreError) {
    let shapes = inputs.map { Shape.batchDescription($0.shape) }.joined(separator: ", ")
    guard (2...Self.names.count).contains(inputs.count) else {
      throw CoreError(
        .shapeMismatch, "\(kind): found inputs \(shapes), expected query and value, or query, value and key")
    }
    self.init(call, count: inputs.count)
    let (query, value, key) = (inputs[query].shape, inputs[value].shape, inputs[key].shape)
    guard query.rank >= 3, query.rank == value.rank, value.rank == key.rank,
      value.array.dropLast().elementsEqual(key.array.dropLast())
    else {
      throw CoreError(
        .shapeMismatch,
        "\(kind): found inputs \(shapes), expected [batch, steps, features] with as many keys as values")
    }
  }
}

/// The masks that came with a call's inputs.
struct GivenMasks {
  let masks: [Tensor?]
  private let inputs: [Tensor]

  init(_ context: CallContext, _ inputs: [Tensor]) {
    masks = inputs.indices.map { context.mask($0) }
    self.inputs = inputs
  }

  struct Chosen {
    let query: Tensor?
    let value: Tensor?
    /// Of a key that was given as such.
    let key: Tensor?
    /// What may attend to what: `[batch, queries, values]`, bool.
    let attention: Tensor?
  }

  /// - Parameters:
  ///   - roles: which input is which.
  ///   - takesQueryMask: whether a mask given for the query takes the place of the one that comes with it.
  func of(_ roles: AttentionRoles, takesQueryMask: Bool) -> Chosen {
    let flags = { (index: Int) in inputs[index].notEqual(0) }
    return Chosen(
      query: (takesQueryMask ? roles.queryMask.map(flags) : nil) ?? masks[roles.query],
      value: roles.valueMask.map(flags) ?? masks[roles.value],
      key: roles.keyMask.map(flags) ?? (roles.key == roles.value ? nil : masks[roles.key]),
      attention: roles.mask.map(flags))
  }
}
