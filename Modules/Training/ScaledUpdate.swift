internal import Optimizers
internal import Plan
internal import TensorCore

/// The second half of a compiled step whose loss has a dynamic scale: the updates, as a plan of their own that is left out
/// where a gradient is not finite.
final class ScaledUpdate {
  private let session: Session
  /// The gradients, the scale and the optimizer's numbers.
  private var arguments: [Tensor]
  private let gradientCount: Int

  /// - Parameters:
  ///   - gradients: their specs.
  ///   - numbers: the spec of the optimizer's numbers.
  ///   - state: the specs of weights and slots.
  ///   - body: from unscaled gradients, numbers and state to the new state.
  init(
    gradients: [TensorSpec], numbers: TensorSpec, state: [TensorSpec],
    _ body: ([Tensor], Tensor, [Tensor]) -> [Tensor]
  ) throws(CoreError) {
    let count = gradients.count
    gradientCount = count
    let plan = try TrainingPlan(arguments: gradients + [TensorSpec([]), numbers], state: state) {
      (arguments, state) throws(CoreError) in
      let unscaled = LossScaleOptimizer.unscaled(Array(arguments[..<count]), by: arguments[count])
      return (results: [], state: body(unscaled, arguments[count + 1], state))
    }
    session = plan.makeSession()
    arguments = Array(repeating: Tensor.zeros([0]), count: count + 2)
  }

  /// Changes `state`, the weights and then the slots by weight.
  func run(_ gradients: ArraySlice<Tensor>, scale: Tensor, numbers: Tensor, _ state: inout [Tensor]) throws(CoreError) {
    for (index, gradient) in gradients.enumerated() { arguments[index] = gradient }
    arguments[gradientCount] = scale
    arguments[gradientCount + 1] = numbers
    // The first half finds its results unshared, and writes over them.
    defer { for index in arguments.indices { arguments[index] = Self.vacancy } }
    var results: [Tensor] = []
    try session.run(arguments, into: &results, state: &state)
  }

  private static let vacancy = Tensor.zeros([0])
}
