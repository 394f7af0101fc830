internal import Plan
internal import Synchronization
internal import TensorCore

/// The plans of a model for inference, few of them: those used last.
final class ModelPlans: Sendable {
  /// A predict's batches, its last and smaller one, and as many of another caller.
  private static let capacity = 4

  private struct Entry: Sendable {
    let inputs: [TensorSpec]
    let precision: Precision
    let backends: [String]
    let threads: Int
    /// As they were. The plan holds on to their bytes, so that a weight that was changed since lies elsewhere.
    let weights: [Tensor]
    /// Or why there is none.
    let plan: Result<InferencePlan, CoreError>

    func fits(_ inputs: [TensorSpec], _ precision: Precision, _ backends: [String], _ threads: Int) -> Bool {
      self.inputs == inputs && self.precision == precision && self.threads == threads && self.backends == backends
    }

    func isOf(_ weights: [Tensor]) -> Bool {
      guard self.weights.count == weights.count else { return false }
      for index in weights.indices where !self.weights[index].isSameValue(as: weights[index]) { return false }
      return true
    }
  }

  /// Those used last come last.
  private let entries = Mutex<[Entry]>([])

  /// The plan for a batch of these specs, those of the states behind them, or the error of a backend that cannot set up a kernel.
  ///
  /// Throws where the model cannot take such a batch, and where no backend has the precision.
  func plan(
    for inputs: [TensorSpec], _ precision: Precision, of model: Model
  ) throws(CoreError) -> Result<InferencePlan, CoreError> {
    let (backends, threads) = (Execution.kernelSources, Execution.threads)
    let weights = model.parameters
    if let known = known(inputs, precision, backends, threads, weights) { return known.plan }
    let graph = try GraphCapture.capture(inputs) { (arguments) throws(CoreError) -> [Tensor] in
      model.stepping(arguments)
    }
    let entry = Entry(
      inputs: inputs, precision: precision, backends: backends, threads: threads, weights: weights,
      plan: try compiled(graph, precision, threads))
    entries.withLock { entries in
      // Plans of weights that are no more would keep their bytes alive.
      entries.removeAll { !$0.isOf(entry.weights) || $0.fits(inputs, precision, backends, threads) }
      if entries.count == Self.capacity { entries.removeFirst() }
      entries.append(entry)
    }
    return entry.plan
  }

  private func compiled(
    _ graph: Graph, _ precision: Precision, _ threads: Int
  ) throws(CoreError) -> Result<InferencePlan, CoreError> {
    do throws(CoreError) {
      return .success(try InferencePlan(graph, precision: precision, threads: threads))
    } catch {
      if precision != .float32 { throw error }
      return .failure(error)
    }
  }

  private func known(
    _ inputs: [TensorSpec], _ precision: Precision, _ backends: [String], _ threads: Int, _ weights: [Tensor]
  ) -> Entry? {
    entries.withLock { entries in
      guard let index = entries.lastIndex(where: { $0.fits(inputs, precision, backends, threads) && $0.isOf(weights) })
      else { return nil }
      if index != entries.count - 1 { entries.append(entries.remove(at: index)) }
      return entries[entries.count - 1]
    }
  }

  /// Forgets all plans, so that nothing but the model holds its weights.
  func removeAll() { entries.withLock { $0.removeAll() } }
}
