internal import TensorCore

extension Program {
  func checkArguments(_ arguments: [Tensor]) throws(CoreError) {
    guard Self.match(arguments, argumentSpecs) else {
      throw CoreError(.shapeMismatch, "plan: found arguments \(arguments.map(\.spec)), expected \(argumentSpecs)")
    }
    for argument in arguments where argument.trace != nil {
      throw CoreError(
        .invalidArgument, "plan: found an argument \(argument.spec) that an interpreter watches, expected plain values")
    }
  }

  func checkResults(_ results: [Tensor]) throws(CoreError) {
    guard Self.match(results, resultSpecs) else {
      throw CoreError(.shapeMismatch, "plan: found results \(results.map(\.spec)), expected \(resultSpecs)")
    }
  }

  func checkState(_ state: [Tensor]) throws(CoreError) {
    guard Self.match(state, stateSpecs) else {
      throw CoreError(.shapeMismatch, "plan: found state \(state.map(\.spec)), expected \(stateSpecs)")
    }
  }

  private static func match(_ tensors: [Tensor], _ specs: [TensorSpec]) -> Bool {
    guard tensors.count == specs.count else { return false }
    for index in specs.indices where tensors[index].spec != specs[index] { return false }
    return true
  }
}
