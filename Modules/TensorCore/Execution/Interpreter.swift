internal import Synchronization

/// Something that watches computation: a gradient tape, a graph capture, a profiler.
///
/// An interpreter gives the tensors that it watches a `TraceRef` of its own. `Tensor.apply` hands it every operation on
/// them; it takes its own trace off (`Tensor.below`), calls `Tensor.apply` again and wraps what comes back. So
/// interpreters nest: a tape inside a tape gives second derivatives, a tape inside a capture a graph of a gradient.
public protocol Interpreter: AnyObject, Sendable {
  /// From `Interpreter.nextLevel()`: an inner interpreter has a higher level than the one around it.
  var level: Int { get }

  func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor]
}

/// Ties a tensor to the interpreter that watches it.
public final class TraceRef: Sendable {
  public let interpreter: any Interpreter
  /// The interpreter's own number for this value.
  public let node: Int
  /// The tensor as the next interpreter further out sees it.
  public let below: Tensor
  public let level: Int

  public init(_ interpreter: any Interpreter, node: Int, below: Tensor) {
    self.interpreter = interpreter
    self.node = node
    self.below = below
    level = interpreter.level
  }
}

/// Levels for interpreters: every new one is inside those that exist.
public enum InterpreterLevel {
  private static let counter = Atomic<Int>(0)

  public static func next() -> Int { counter.add(1, ordering: .relaxed).newValue }
}

extension Tensor {
  /// This tensor watched by `interpreter` as its value number `node`.
  public func traced(by interpreter: any Interpreter, node: Int) -> Tensor {
    Tensor(
      storage: storage, byteOffset: byteOffset, spec: spec, trace: TraceRef(interpreter, node: node, below: self))
  }

  /// The interpreter's number for this value, or nil where it does not watch it.
  public func node(in interpreter: any Interpreter) -> Int? {
    guard let trace, trace.interpreter === interpreter else { return nil }
    return trace.node
  }

  /// This tensor without `interpreter`'s trace, as the next one further out sees it.
  public func below(_ interpreter: any Interpreter) -> Tensor {
    guard let trace, trace.interpreter === interpreter else { return self }
    return trace.below
  }
}
