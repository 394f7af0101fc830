public import TensorCore

/// A function compiled for inputs of fixed specs: captured, simplified, its kernels chosen, constants packed, and its
/// values laid out in memory.
///
/// Immutable and safe to run from many threads at once. The results are those of the function itself.
///
/// ```swift
/// let plan = try InferencePlan(inputs: [TensorSpec([1, 28, 28, 1])]) { model.root.forward($0, &context) }
/// let probabilities = try plan.run([digit])[0]
/// ```
public struct InferencePlan: Sendable {
  /// What the passes left of the captured graph, without the constants that kernels have packed.
  public let graph: Graph
  /// As it was captured, with the function's own constants: what interpreters watch.
  private let source: Graph
  private let program: Program
  private let sessions: SessionPool

  /// The passes that `init` applies, in order.
  public static let passes: [any Pass] = [
    ConstantFolding(), Identities(), PaddingFolding(), BiasFolding(), BatchNormFolding(), ResidualFolding(),
    ActivationFolding(), StrideHoisting(), CommonSubexpressions(), DeadNodes(),
  ]

  /// Captures `body` and compiles it.
  ///
  /// - Parameters:
  ///   - inputs: the specs of every run's arguments.
  ///   - precision: what to multiply in.
  ///   - passes: what simplifies the captured graph.
  ///   - threads: for the kernels.
  ///   - body: the function; it must not read values of its arguments.
  /// - Throws: what a shape rule inside `body` throws, with the layer's path, a backend that cannot set up a kernel, or
  ///   `backendUnavailable` where the precision is one that no installed backend has on this CPU.
  public init(
    inputs: [TensorSpec], precision: Precision = .float32, passes: [any Pass] = InferencePlan.passes,
    threads: Int = Execution.threads, _ body: ([Tensor]) throws(CoreError) -> [Tensor]
  ) throws(CoreError) {
    try self.init(
      GraphCapture.capture(inputs, body), precision: precision, passes: passes, threads: threads)
  }

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: what is to be computed.
  ///   - precision: what to multiply in.
  ///   - passes: what simplifies it.
  ///   - threads: for the kernels.
  /// - Throws: what a backend throws that cannot set up a kernel, or `backendUnavailable` where the precision is one that
  ///   no installed backend has on this CPU.
  public init(
    _ graph: Graph, precision: Precision = .float32, passes: [any Pass] = InferencePlan.passes,
    threads: Int = Execution.threads
  ) throws(CoreError) {
    source = graph
    var graph = graph
    for pass in passes { pass.apply(to: &graph) }
    if precision == .bfloat16 { try Self.narrow(&graph) }
    program = try Program(&graph, threads: threads)
    self.graph = graph
    sessions = SessionPool(program)
  }

  private static func narrow(_ graph: inout Graph) throws(CoreError) {
    let products = graph.nodes.filter { $0.operation is any ProductOperation }
    NarrowProducts().apply(to: &graph)
    Identities().apply(to: &graph)
    let isNarrowed = graph.nodes.contains { node in
      node.operation is any ProductOperation && graph.specs[node.inputs[0]].dtype == .bfloat16
    }
    guard isNarrowed || products.isEmpty else {
      throw CoreError(
        .backendUnavailable,
        "plan: found no installed backend with bfloat16 kernels for any of its \(products.count) products, expected "
          + "one, as oneDNN on a CPU with AVX512_BF16; use precision float32")
    }
  }

  /// The specs of a run's arguments.
  public var argumentSpecs: [TensorSpec] { program.argumentSpecs }

  /// The specs of what a run returns.
  public var resultSpecs: [TensorSpec] { program.resultSpecs }

  /// Bytes that a session works in, besides arguments, results and constants.
  public var arenaByteCount: Int { program.arenaByteCount }

  /// Memory of its own to run this plan in, for one thread at a time.
  public func makeSession() -> Session { Session(program) }

  /// The results for these arguments, in a session that is kept for the next run. Where an interpreter watches an
  /// argument, it sees the captured operations instead.
  ///
  /// Throws where the arguments are not of the specs that the plan was made for.
  public func run(_ arguments: [Tensor]) throws(CoreError) -> [Tensor] {
    if arguments.contains(where: { $0.trace != nil }), arguments.map(\.spec) == argumentSpecs {
      return source.run(arguments)
    }
    try program.checkArguments(arguments)
    let results = program.resultSpecs.map { Tensor(uninitialized: $0) }
    execute(arguments, into: results)
    return results
  }

  /// Runs on arguments known to fit. The bytes of `results` are written: nobody may be reading them.
  package func execute(_ arguments: [Tensor], into results: [Tensor]) {
    sessions.run(arguments, into: results)
  }
}
