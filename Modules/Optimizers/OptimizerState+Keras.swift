public import TensorCore

/// One of the tensors in which Keras keeps an optimizer's state.
public struct OptimizerVariable: Sendable {
  public var name: String
  public var tensor: Tensor

  public init(name: String, tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}

extension OptimizerState {
  /// The state as Keras lists it: `iteration`, in Keras 3 `learning_rate`, then the slots.
  ///
  /// - Parameters:
  ///   - optimizer: the one whose state this is.
  ///   - weightNames: one per trainable weight, as Keras of this dialect calls the weight's variable:
  ///     `"sequential/dense/kernel"`.
  ///   - dialect: whose order and names are meant.
  ///   - specs: of the trainable weights.
  public func kerasVariables(
    of optimizer: any Optimizer, weightNames: [String], dialect: OptimizerDialect, specs: [TensorSpec]
  ) -> [OptimizerVariable] {
    CoreError.require(
      weightNames.count == slots.count && specs.count == slots.count, .shapeMismatch, "names and specs for all weights")
    let prefix = optimizer.variablePrefix(dialect)
    var variables: [OptimizerVariable]
    switch dialect {
    case .keras2: variables = [OptimizerVariable(name: "iteration:0", tensor: Tensor(Int64(iterations)))]
    case .keras3:
      variables = [
        OptimizerVariable(name: "\(prefix)/iteration", tensor: Tensor(Int64(iterations))),
        OptimizerVariable(name: "\(prefix)/learning_rate", tensor: Tensor(Float(optimizer.learningRate))),
      ]
    }
    for place in OptimizerState.places(optimizer, dialect, weightCount: slots.count) {
      let weight = weightNames[place.weight]
      let name =
        switch dialect {
        case .keras2: "\(prefix)/\(place.slot.keras2)/\(weight):0"
        case .keras3: "\(prefix)/\(weight.split(separator: "/").joined(separator: "_"))_\(place.slot.name)"
        }
      let spec = specs[place.weight]
      let tensor =
        optimizer.slotNames.firstIndex(of: place.slot.name).map { slots[place.weight][$0] }
        ?? Tensor.zeros(spec.shape, dtype: spec.dtype)
      variables.append(OptimizerVariable(name: name, tensor: tensor))
    }
    return variables
  }

  /// The state from Keras's list, which is read by order. Nothing but `iteration` is the state before the first step.
  ///
  /// Throws `missingWeight` where the list is too short or too long, `shapeMismatch` naming the variable.
  public init(
    kerasVariables variables: [OptimizerVariable], of optimizer: any Optimizer, weights: Weights,
    dialect: OptimizerDialect
  ) throws(CoreError) {
    self.init(for: optimizer, weights: weights)
    guard let first = variables.first else { return }
    let lastPart = first.name.split(separator: "/").last.map(String.init) ?? first.name
    guard first.tensor.elementCount == 1, first.tensor.dtype.isInteger, lastPart.hasPrefix("iter") else {
      throw CoreError(
        .invalidFile,
        "found \"\(first.name)\" \(first.tensor.spec) first among the optimizer's variables, expected "
          + "the number of iterations")
    }
    iterations = Int(first.tensor.cast(to: .int64).reshaped(Shape()).scalar(of: Int64.self))
    // Keras before 2.11 calls it `iter` and lists slot by slot.
    let isSlotBySlot = lastPart == "iter" || lastPart == "iter:0" || lastPart.hasPrefix("iterations")
    var rest = variables.dropFirst()
    if dialect == .keras3, let rate = rest.first, rate.name.hasSuffix("learning_rate") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return }
    let places =
      isSlotBySlot
      ? Self.slotBySlot(optimizer, weightCount: slots.count)
      : Self.places(optimizer, dialect, weightCount: slots.count)
    try read(Array(rest), places, optimizer, weights)
  }

  private mutating func read(
    _ variables: [OptimizerVariable], _ places: [Place], _ optimizer: any Optimizer, _ weights: Weights
  ) throws(CoreError) {
    guard variables.count == places.count else {
      throw CoreError(
        .missingWeight, "found \(variables.count) slot variables of the optimizer, expected \(places.count)")
    }
    let indices = weights.trainableIndices
    for (variable, place) in zip(variables, places) {
      let key = weights.keys[indices[place.weight]]
      guard variable.tensor.shape == key.spec.shape else {
        throw CoreError(
          .shapeMismatch,
          "found optimizer variable \"\(variable.name)\" of shape \(variable.tensor.shape), expected "
            + "\(key.spec.shape) for \(place.slot.name) of \(key.path)")
      }
      guard let slot = optimizer.slotNames.firstIndex(of: place.slot.name) else { continue }
      slots[place.weight][slot] = variable.tensor.cast(to: key.spec.dtype)
    }
  }

  private struct Place {
    let weight: Int
    let slot: OptimizerVariableOrder.Slot
  }

  private static func places(
    _ optimizer: any Optimizer, _ dialect: OptimizerDialect, weightCount: Int
  ) -> [Place] {
    let order = optimizer.variableOrder(dialect)
    return (0..<weightCount).flatMap { weight in order.interleaved.map { Place(weight: weight, slot: $0) } }
      + order.after.flatMap { slot in (0..<weightCount).map { Place(weight: $0, slot: slot) } }
  }

  private static func slotBySlot(_ optimizer: any Optimizer, weightCount: Int) -> [Place] {
    let order = optimizer.variableOrder(.keras3)
    return (order.interleaved + order.after).flatMap { slot in
      (0..<weightCount).map { Place(weight: $0, slot: slot) }
    }
  }
}
