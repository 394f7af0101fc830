internal import TensorCore

// Keras lists the variables of a `MultiOptimizer` and then those of each of its optimizers.
extension OptimizerState {
  func multiVariables(
    of optimizer: MultiOptimizer, _ names: [String], _ dialect: OptimizerDialect, outer: String?, weights: Weights
  ) -> [OptimizerVariable] {
    let prefix = optimizer.variablePrefix(dialect)
    var variables = [
      OptimizerVariable(name: "\(prefix)/iteration", tensor: Tensor(Int64(iterations))),
      // Its own, which it never uses.
      OptimizerVariable(name: "\(prefix)/learning_rate", tensor: Tensor(Float(0))),
    ]
    for (inner, group) in zip(optimizer.optimizers, optimizer.groups(of: weights)) {
      var part = OptimizerState(slots: group.positions.map { slots[$0] })
      part.iterations = group.isEmpty ? 0 : iterations
      let own = VariableNames(inner, group.positions.map { names[$0] }, dialect, outer: outer)
      variables += part.kerasVariables(of: inner, own, keys: group.weights(of: weights).keys)
    }
    return variables
  }

  /// Reads what `multiVariables` lists.
  mutating func readMulti(
    _ variables: [OptimizerVariable], of optimizer: MultiOptimizer, weights: Weights, dialect: OptimizerDialect
  ) throws(CoreError) {
    guard let first = variables.first else { return }
    guard first.tensor.elementCount == 1, first.tensor.dtype.isInteger else {
      throw CoreError(
        .invalidFile, "found \"\(first.name)\" \(first.tensor.spec), expected the number of iterations")
    }
    iterations = Int(first.tensor.cast(to: .int64).reshaped(Shape()).scalar(of: Int64.self))
    var rest = variables.dropFirst(2)
    for (inner, group) in zip(optimizer.optimizers, optimizer.groups(of: weights)) {
      let own = group.weights(of: weights)
      let order = inner.variableOrder(dialect)
      let count =
        (inner.settings.schedule == nil ? 2 : 1) + StatePlaces(inner, own.keys, dialect).all.count + order.last.count
      guard rest.count >= count else {
        throw CoreError(
          .missingWeight, "found \(rest.count) variables of \(type(of: inner).kind), expected \(count)")
      }
      let part = try OptimizerState(
        kerasVariables: Array(rest.prefix(count)), of: inner, weights: own, dialect: dialect)
      rest = rest.dropFirst(count)
      for (place, position) in group.positions.enumerated() { slots[position] = part.slots[place] }
    }
  }
}
