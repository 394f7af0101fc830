internal import Synchronization
public import TensorCore

/// Writes down every operation on the tensors that it watches, so that their gradients can be computed backwards.
///
/// `valueAndGradients(at:_:)` and its kin make and use tapes; use one directly only where a closure does not fit:
///
///     let tape = Tape()
///     let x = tape.watch(Tensor([1.0, 2.0]))
///     let y = (x * x).sum()
///     let dx = tape.gradients(of: [y], with: [Tensor(1.0)])[0]   // [2, 4]
///
/// Records lie in an array, not in a linked graph: releasing a recurrence of any length does not recurse, and the
/// backward pass is a reverse loop. What they save is stripped of this tape's trace, so a tape never retains itself.
public final class Tape: Interpreter {
  public let level = InterpreterLevel.next()

  private let state = Mutex(State())

  private struct State: Sendable {
    var records: [TapeRecord] = []
    var sources: [TensorSpec] = []
    /// Values are numbered in the order in which they appear; `sources` come first.
    var valueCount = 0
    /// After the backward pass operations go straight through: what a closure leaked is a plain value then.
    var isFinished = false
  }

  public init() {}

  /// How many operations have been written down.
  public var recordCount: Int { state.withLock { $0.records.count } }

  /// `tensor` as a variable of this tape. Integer and bool tensors come back as they are: they have no gradients.
  ///
  /// Traps when an operation has been recorded already: variables come first.
  public func watch(_ tensor: Tensor) -> Tensor {
    guard tensor.dtype.isFloating else { return tensor }
    let node = state.withLock { state in
      CoreError.require(
        state.records.isEmpty && !state.isFinished, .invalidArgument, "a tape's variables come before its operations")
      state.sources.append(tensor.spec)
      state.valueCount += 1
      return state.valueCount - 1
    }
    return tensor.traced(by: self, node: node)
  }

  public func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
    let nodes = inputs.map { $0.node(in: self) }
    let below = inputs.map { $0.below(self) }
    let outputs = Tensor.applyAny(operation, below)
    guard !(operation is StopGradient), outputs.contains(where: \.dtype.isFloating) else { return outputs }
    let path = Execution.layerPath
    let first: Int? = state.withLock { state in
      guard !state.isFinished else { return nil }
      let first = state.valueCount
      state.valueCount += outputs.count
      state.records.append(
        TapeRecord(
          operation: operation, inputs: below, nodes: nodes, outputs: outputs, firstOutput: first, layerPath: path))
      return first
    }
    guard let first else { return outputs }
    return outputs.enumerated().map { index, output in
      output.dtype.isFloating ? output.traced(by: self, node: first + index) : output
    }
  }

  /// The gradients of the watched variables, in the order in which they were watched; zeros for those that `outputs` do
  /// not depend on. `cotangents` are the gradients of `outputs`, of the same specs. The tape is used up.
  public func gradients(of outputs: [Tensor], with cotangents: [Tensor]) -> [Tensor] {
    finish().gradients(seeds(outputs), cotangents)
  }

  /// Where the backward pass from `outputs` begins.
  func seeds(_ outputs: [Tensor]) -> [Int?] { outputs.map { $0.node(in: self) } }

  /// Ends recording and hands over what was recorded. A second call finds nothing.
  @discardableResult
  func finish() -> Recording {
    state.withLock { state in
      let recording = Recording(records: state.records, sources: state.sources, valueCount: state.valueCount)
      state = State()
      state.isFinished = true
      return recording
    }
  }
}
