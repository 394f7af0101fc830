public import TensorCore

/// A whole step compiled for arguments of fixed specs: forward and backward pass and the updates of what it carries from
/// step to step, its state, which is overwritten in place.
///
/// The state is the caller's: `Session.run(_:into:state:)` takes and changes it, so that steps for batches of several sizes
/// share one, and tensors that others hold are copied before they are written. Each update comes as soon as its gradient is
/// complete and nothing needs the old value, while the gradient is in the cache, and the gradient's memory is free at once.
///
/// ```swift
/// let plan = try TrainingPlan(arguments: [x.spec, y.spec], state: [w.spec]) { arguments, state in
///   let (loss, gradients) = valueAndGradients(...)
///   return (results: [loss], state: [state[0] - gradients[0] * 0.1])
/// }
/// ```
public struct TrainingPlan: Sendable {
  /// What the passes left of the captured graph; the last inputs and outputs are the state.
  public let graph: Graph
  private let program: Program

  /// The passes that `init` applies, in order.
  public static let passes: [any Pass] = [
    ConstantFolding(), CommonSubexpressions(), TableUpdates(), BatchNormFusion(), PoolingTaps(),
    DeadNodes(),
  ]

  /// Captures `body` and compiles it.
  ///
  /// - Parameters:
  ///   - arguments: the specs of what a step is given.
  ///   - state: the specs of what is carried from step to step.
  ///   - passes: what simplifies the captured graph.
  ///   - threads: for the kernels.
  ///   - body: from arguments and state to results and the new state, of the old one's specs; it must not read values.
  /// - Throws: what a shape rule inside `body` throws, or `invalidArgument` where it reads values; a backend that cannot set
  ///   up a kernel; `shapeMismatch` where the new state does not look like the old.
  public init(
    arguments: [TensorSpec], state: [TensorSpec], passes: [any Pass] = TrainingPlan.passes,
    threads: Int = Execution.threads,
    _ body: ([Tensor], [Tensor]) throws(CoreError) -> (results: [Tensor], state: [Tensor])
  ) throws(CoreError) {
    var graph = try GraphCapture.capture(arguments + state) { (inputs) throws(CoreError) -> [Tensor] in
      let outputs = try body(Array(inputs[..<arguments.count]), Array(inputs[arguments.count...]))
      guard outputs.state.map(\.spec) == state else {
        throw CoreError(
          .shapeMismatch, "training plan: found new state \(outputs.state.map(\.spec)), expected \(state)")
      }
      return outputs.results + outputs.state
    }
    for pass in passes { pass.apply(to: &graph) }
    graph.hoistUpdates(stateCount: state.count)
    program = try Program(&graph, stateCount: state.count, threads: threads)
    self.graph = graph
  }

  /// The specs of a step's results.
  public var resultSpecs: [TensorSpec] { program.resultSpecs }

  /// Bytes that a session works in, besides arguments, results and state.
  public var arenaByteCount: Int { program.arenaByteCount }

  /// Memory to run this plan in, for one thread at a time.
  ///
  /// - Parameter other: a session of another plan that never runs at the same time; its memory is used too where it is
  ///   large enough.
  public func makeSession(sharing other: Session? = nil) -> Session { Session(program, sharing: other) }
}
