public import TensorCore

/// An optimizer whose update is made of operations, and so can be part of a compiled training step.
///
/// `updated` is the rule's only formula: `update` runs the same operations one by one unless a rule has a faster way. What
/// changes from step to step (the learning rate, the number of the step) comes in as numbers, so that a schedule needs no
/// new plan; all other settings are fixed in the operations.
public protocol CompilableOptimizer: Optimizer, Hashable {
  /// Adds the numbers that `updated` is given for a step, computed anew for each; unless said otherwise the learning rate.
  ///
  /// - Parameters:
  ///   - step: the number of the step, from 1.
  ///   - dtype: float32 or float64, in which the weights are calculated.
  ///   - numbers: where they are added, equally many in every step. It is the same array from step to step.
  func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double])

  /// The weight and slots after one step as results of operations. Weight decay and clipping are done already.
  ///
  /// - Parameters:
  ///   - weight: the weight, float32 or float64.
  ///   - gradient: of the weight's shape and dtype.
  ///   - slots: those of `initialSlots(for:)`, of the weight's dtype.
  ///   - numbers: those of `addStepNumbers`, `[]` each, of the weight's dtype.
  /// - Returns: the new weight, then the new slots.
  func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor]
}

extension CompilableOptimizer {
  public func addStepNumbers(_ step: Int, dtype: DType, to numbers: inout [Double]) { numbers.append(learningRate) }

  func stepNumbers(_ step: Int, dtype: DType) -> [Double] {
    var numbers: [Double] = []
    addStepNumbers(step, dtype: dtype, to: &numbers)
    return numbers
  }

  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    let numbers = stepNumbers(step, dtype: weight.dtype).map { Tensor(scalar: $0, dtype: weight.dtype) }
    let new = updated(weight, gradient: gradient, slots: slots, numbers: numbers)
    weight = new[0]
    slots = Array(new.dropFirst())
  }

  /// Whether both take the same steps but for the learning rate.
  package func hasRule(of other: any Optimizer) -> Bool {
    guard var other = other as? Self else { return false }
    other.learningRate = learningRate
    return self == other
  }
}

/// A rule that is one operation, which decays the weight in its own pass.
protocol FusedOptimizer: CompilableOptimizer {
  /// The operation of the rule: its inputs are weight, gradient and slots, then the step's numbers and with `decays` the
  /// share of the weight that weight decay leaves, float64 `[]` each.
  func operation(decays: Bool) -> any Operation
}

extension FusedOptimizer {
  public func updated(_ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor]) -> [Tensor] {
    updated(weight, gradient: gradient, slots: slots, numbers: numbers.map { $0.cast(to: .float64) }, share: nil)
  }

  func updated(
    _ weight: Tensor, gradient: Tensor, slots: [Tensor], numbers: [Tensor], share: Tensor?
  ) -> [Tensor] {
    apply(operation(decays: share != nil), [weight, gradient] + slots + numbers + (share.map { [$0] } ?? []))
  }

  private func apply(_ operation: some Operation, _ inputs: [Tensor]) -> [Tensor] { Tensor.apply(operation, inputs) }
}
