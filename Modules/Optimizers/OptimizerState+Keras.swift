public import TensorCore

/// One of the tensors in which Keras keeps an optimizer's state.
public struct OptimizerVariable: Sendable {
  public var name: String
  public var tensor: Tensor

  public init(name: String, tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}

extension OptimizerState {
  /// The state as Keras lists it: `iteration`, in Keras 3 `learning_rate` unless there is a schedule, then averages of
  /// weights and sums of gradients, then the rule's slots.
  ///
  /// - Parameters:
  ///   - optimizer: the one whose state this is.
  ///   - weightNames: one per trainable weight, as Keras of this dialect calls the weight's variable:
  ///     `"sequential/dense/kernel"`.
  ///   - dialect: whose order and names are meant. Keras 2 does not add gradients up and has no place for the sums.
  ///   - weights: what the optimizer trains.
  public func kerasVariables(
    of optimizer: any Optimizer, weightNames: [String], dialect: OptimizerDialect, weights: Weights
  ) -> [OptimizerVariable] {
    let keys = weights.trainableIndices.map { weights.keys[$0] }
    CoreError.require(
      weightNames.count == slots.count && keys.count == slots.count, .shapeMismatch, "names for all trainable weights")
    if let multi = optimizer as? MultiOptimizer {
      return multiVariables(of: multi, weightNames, dialect, outer: nil, weights: weights)
    }
    guard let scaled = optimizer as? LossScaleOptimizer else {
      return kerasVariables(of: optimizer, VariableNames(optimizer, weightNames, dialect), keys: keys)
    }
    let outer = dialect == .keras3 ? scaled.variablePrefix(dialect) : nil
    if let multi = scaled.innerOptimizer as? MultiOptimizer {
      return lossScaleVariables(of: scaled, dialect)
        + multiVariables(of: multi, weightNames, dialect, outer: outer, weights: weights)
    }
    let names = VariableNames(
      scaled.innerOptimizer, weightNames, dialect, outer: outer)
    return lossScaleVariables(of: scaled, dialect)
      + kerasVariables(of: scaled.innerOptimizer, names, keys: keys)
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

  func kerasVariables(
    of optimizer: any Optimizer, _ names: VariableNames, keys: [WeightKey]
  ) -> [OptimizerVariable] {
    var variables = [OptimizerVariable(name: names.iteration, tensor: Tensor(Int64(iterations)))]
    if names.dialect == .keras3, optimizer.settings.schedule == nil {
      variables.append(
        OptimizerVariable(name: "\(names.prefix)/learning_rate", tensor: Tensor(Float(optimizer.learningRate))))
    }
    let (places, order) = (StatePlaces(optimizer, keys, names.dialect), optimizer.variableOrder(names.dialect))
    let updates = optimizer.settings.updateCount(after: iterations)
    let derive = { (derived: OptimizerVariableOrder.Derived) in
      OptimizerVariable(name: names.name(of: derived), tensor: Tensor(derived.value(updates)))
    }
    if names.isLegacy { variables += order.legacyFirst.map(derive) }
    for place in names.isLegacy ? places.legacy : places.all {
      let tensor =
        place.index.map { slots[place.weight][$0] } ?? Tensor.zeros(place.spec.shape, dtype: place.spec.dtype)
      variables.append(OptimizerVariable(name: names.name(of: place), tensor: tensor))
    }
    return variables + (names.isLegacy ? [] : order.last.map(derive))
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
    if let multi = optimizer as? MultiOptimizer {
      try readMulti(variables, of: multi, weights: weights, dialect: dialect)
      return
    }
    guard let first = variables.first else { return }
    let keys = weights.trainableIndices.map { weights.keys[$0] }
    let places = StatePlaces(optimizer, keys, dialect)
    if dialect == .keras2, !first.tensor.dtype.isInteger, variables.count == places.legacy.count {
      // Keras before 2.3 does not count the steps of every optimizer.
      try read(variables, places.legacy, 0, keys)
      return
    }
    let lastPart = first.name.split(separator: "/").last.map(String.init) ?? first.name
    guard first.tensor.elementCount == 1, first.tensor.dtype.isInteger, lastPart.hasPrefix("iter") else {
      throw CoreError(
        .invalidFile,
        "found \"\(first.name)\" \(first.tensor.spec) first among the optimizer's variables, expected "
          + "the number of iterations")
    }
    iterations = Int(first.tensor.cast(to: .int64).reshaped(Shape()).scalar(of: Int64.self))
    // Keras before 2.11 calls it `iter` and lists slot by slot.
    let isLegacy = lastPart == "iter" || lastPart == "iter:0" || lastPart.hasPrefix("iterations")
    var rest = variables.dropFirst()
    if dialect == .keras3, let rate = rest.first, rate.name.hasSuffix("learning_rate") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return }
    let order = optimizer.variableOrder(dialect)
    if isLegacy {
      for derived in order.legacyFirst where rest.first?.name.contains(derived.name) == true { rest = rest.dropFirst() }
      // Keras outside of TensorFlow has one more per weight, unused: momenta of an SGD without, zeros in Adam's third slot.
      if rest.count == places.legacy.count + keys.count { rest = rest.dropLast(keys.count) }
      try read(Array(rest), places.legacy, 0, keys)
    } else {
      try read(Array(rest), places.all, order.last.count, keys)
    }
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
    _ variables: [OptimizerVariable], _ places: [StatePlaces.Place], _ derivedCount: Int, _ keys: [WeightKey]
  ) throws(CoreError) {
    let expected = places.count + derivedCount
    guard variables.count == expected else {
      throw CoreError(
        .missingWeight, "found \(variables.count) slot variables of the optimizer, expected \(expected)")
    }
    for (variable, place) in zip(variables, places) {
      guard variable.tensor.shape == place.spec.shape else {
        throw CoreError(
          .shapeMismatch,
          "found optimizer variable \"\(variable.name)\" of shape \(variable.tensor.shape), expected "
            + "\(place.spec.shape) for \(place.slot.name) of \(keys[place.weight].path)")
      }
      guard let index = place.index else { continue }
      slots[place.weight][index] = variable.tensor.cast(to: place.spec.dtype)
    }
  }
}
