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
    if let scaled = optimizer as? LossScaleOptimizer {
      return lossScaleVariables(of: scaled, dialect)
        + kerasVariables(
          of: scaled.innerOptimizer, weightNames: weightNames, dialect: dialect, specs: specs,
          outerPrefix: dialect == .keras3 ? scaled.variablePrefix(dialect) + "/" : "")
    }
    return kerasVariables(of: optimizer, weightNames: weightNames, dialect: dialect, specs: specs, outerPrefix: "")
  }

  /// Keras 3 lists them before the inner optimizer's variables; Keras 2 has no place for them in its files.
  private func lossScaleVariables(
    of optimizer: LossScaleOptimizer, _ dialect: OptimizerDialect
  ) -> [OptimizerVariable] {
    guard dialect == .keras3 else { return [] }
    let (prefix, scale) = (optimizer.variablePrefix(dialect), lossScale ?? optimizer.initialLossScale)
    return [
      // Its own, which it never uses.
      OptimizerVariable(name: "\(prefix)/iteration", tensor: Tensor(Int64(0))),
      OptimizerVariable(name: "\(prefix)/learning_rate", tensor: Tensor(Float(0))),
      OptimizerVariable(name: "\(prefix)/step_counter", tensor: Tensor(Int64(scale.finiteStepCount))),
      OptimizerVariable(name: "\(prefix)/dynamic_scale", tensor: Tensor(scale.value)),
    ]
  }

  private func kerasVariables(
    of optimizer: any Optimizer, weightNames: [String], dialect: OptimizerDialect, specs: [TensorSpec],
    outerPrefix: String
  ) -> [OptimizerVariable] {
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
        case .keras3:
          "\(outerPrefix)\(prefix)/\(weight.split(separator: "/").joined(separator: "_"))_\(place.slot.name)"
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
    if let scaled = optimizer as? LossScaleOptimizer {
      var rest = variables[...]
      let scale = try Self.takeLossScale(from: &rest)
      try self.init(kerasVariables: Array(rest), of: scaled.innerOptimizer, weights: weights, dialect: dialect)
      lossScale = scale
      return
    }
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

  /// Takes away the variables of a loss scale, where a list begins with them: those of Keras 3.
  private static func takeLossScale(
    from variables: inout ArraySlice<OptimizerVariable>
  ) throws(CoreError) -> LossScale? {
    let own = variables.prefix(4).map { $0.name.split(separator: "/").last.map(String.init) ?? $0.name }
    guard own.count == 4, own[2].hasPrefix("step_counter") else { return nil }
    let (counter, scale) = (variables[variables.startIndex + 2], variables[variables.startIndex + 3])
    guard counter.tensor.elementCount == 1, counter.tensor.dtype.isInteger, scale.tensor.elementCount == 1,
      scale.tensor.dtype.isFloating
    else {
      throw CoreError(
        .invalidFile,
        "found \"\(counter.name)\" \(counter.tensor.spec) and \"\(scale.name)\" \(scale.tensor.spec), expected a "
          + "loss scale's counter and a float")
    }
    variables = variables.dropFirst(4)
    return LossScale(
      scale.tensor.cast(to: .float32).reshaped(Shape()).scalar(of: Float.self),
      finiteStepCount: Int(counter.tensor.cast(to: .int64).reshaped(Shape()).scalar(of: Int64.self)))
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
