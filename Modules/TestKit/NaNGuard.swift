internal import Synchronization
public import TensorCore

/// Watches a computation for the first operation that makes a NaN or an infinity out of finite numbers.
public final class NaNGuard: Interpreter {
  public let level = InterpreterLevel.next()

  private let finding = Mutex<CoreError?>(nil)

  private init() {}

  /// `body(inputs)`, every operation on `inputs` and on what is computed from them being watched.
  ///
  /// - Throws: `CoreError` with code `notFinite` that names operation, layer path and output, once `body` is done.
  public static func run(_ inputs: [Tensor], _ body: ([Tensor]) -> [Tensor]) throws(CoreError) -> [Tensor] {
    let watch = NaNGuard()
    let outputs = body(inputs.map { $0.traced(by: watch, node: 0) }).map { $0.below(watch) }
    if let error = watch.finding.withLock({ $0 }) { throw error }
    return outputs
  }

  public func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
    let below = inputs.map { $0.below(self) }
    let outputs = Tensor.applyAny(operation, below)
    if let wrong = outputs.firstIndex(where: { !$0.isFinite }), below.allSatisfy(\.isFinite) {
      let path = Execution.layerPath
      finding.withLock { finding in
        guard finding == nil else { return }
        finding = CoreError(
          .notFinite,
          "operation \"\(type(of: operation).name)\" made a NaN or an infinity out of finite inputs "
            + "\(below.map(\.spec)), in output \(wrong) \(outputs[wrong].spec)",
          path: path.isEmpty ? [] : [path])
      }
    }
    return outputs.map { $0.traced(by: self, node: 0) }
  }
}

extension CoreError.Code {
  /// A computation gave a NaN or an infinity.
  public static let notFinite = CoreError.Code("notFinite")
}

extension Tensor {
  /// Whether all elements are finite; true where there is nothing to read (integers, graph captures).
  fileprivate var isFinite: Bool {
    guard !isHollow, dtype.isFloating else { return true }
    switch dtype {
    case .float32: return withScalars(of: Float.self) { $0.allSatisfy(\.isFinite) }
    case .float64: return withScalars(of: Double.self) { $0.allSatisfy(\.isFinite) }
    default: return copy().doubles.allSatisfy(\.isFinite)
    }
  }
}
