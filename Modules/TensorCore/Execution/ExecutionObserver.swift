/// Told of everything that is computed, eagerly or by a plan. `Profiler` is one.
///
/// Whoever runs kernels asks once for `Execution.observer`, and where there is one, reports each as an `OperationRun`.
public protocol ExecutionObserver: AnyObject, Sendable {
  /// Called after each operation, on the thread that ran it.
  func didRun(_ run: OperationRun)
}

/// One operation that was computed: what, where, by whom and when.
public struct OperationRun: Sendable {
  /// As `Operation.name` says it.
  public var name: String
  /// The layer that asked for it, as `"block1/conv"`; empty outside of layers.
  public var layerPath: String
  /// The backend whose kernel ran; nil for the portable rule.
  public var backendName: String?
  public var inputs: [TensorSpec]
  public var outputs: [TensorSpec]
  /// Floating-point operations of products, a multiplication and an addition being two; 0 where it has none.
  public var flopCount: Int
  public var start: ContinuousClock.Instant
  public var end: ContinuousClock.Instant

  /// For work that is no `Operation`, such as an optimizer's update.
  ///
  /// - Parameters:
  ///   - name: what profiles call it.
  ///   - layerPath: the layer that asked for it.
  ///   - backendName: the backend whose kernel ran; nil for the portable rule.
  ///   - inputs: what was read.
  ///   - outputs: what was written.
  ///   - flopCount: floating-point operations of products.
  ///   - start: when it began.
  ///   - end: when it ended.
  public init(
    name: String, layerPath: String, backendName: String?, inputs: [TensorSpec], outputs: [TensorSpec],
    flopCount: Int, start: ContinuousClock.Instant, end: ContinuousClock.Instant
  ) {
    (self.name, self.layerPath, self.backendName) = (name, layerPath, backendName)
    (self.inputs, self.outputs, self.flopCount) = (inputs, outputs, flopCount)
    (self.start, self.end) = (start, end)
  }

  /// The run of an operation that ends now.
  ///
  /// - Parameters:
  ///   - operation: what was computed.
  ///   - inputs: its arguments.
  ///   - outputs: its results.
  ///   - layerPath: the layer that asked for it.
  ///   - backendName: the backend whose kernel ran; nil for the portable rule.
  ///   - start: when it began.
  public init(
    _ operation: any Operation, inputs: [TensorSpec], outputs: [TensorSpec],
    layerPath: String = Execution.layerPath, backendName: String?, start: ContinuousClock.Instant
  ) {
    let end = ContinuousClock.now
    self.init(
      name: type(of: operation).name, layerPath: layerPath, backendName: backendName, inputs: inputs, outputs: outputs,
      flopCount: operation.flopCount(inputs: inputs, outputs: outputs), start: start, end: end)
  }

  public var duration: Duration { start.duration(to: end) }

  /// Bytes of all inputs and outputs: what moves at least, where nothing stays in a cache.
  public var byteCount: Int { (inputs + outputs).reduce(0) { $0 + $1.byteCount } }
}
