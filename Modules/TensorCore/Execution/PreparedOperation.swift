/// An operation for inputs of known specs: shapes inferred and kernel chosen once, to be run many times.
public struct PreparedOperation: Sendable {
  public let operation: any Operation
  public let inputs: [TensorSpec]
  public let outputs: [TensorSpec]
  /// The backend whose kernel runs; nil for the portable rule.
  public let backendName: String?
  /// What runs; nil for the operation's `evaluate`.
  public let kernel: Kernel?

  /// Asks the backends in order.
  ///
  /// - Parameters:
  ///   - operation: what is to be run.
  ///   - inputs: the specs of every run's arguments.
  ///   - constants: inputs whose values are known now, so that a backend can pack them once.
  ///   - backends: nil means the chain that `Execution` says.
  ///   - threads: how many the kernel may use.
  /// - Throws: what the operation's shape rule throws, or a backend where the case is one it takes but cannot set up.
  public init(
    _ operation: any Operation, inputs: [TensorSpec], constants: [Int: Tensor] = [:], backends: [any Backend]? = nil,
    threads: Int = Execution.threads
  ) throws(CoreError) {
    self.operation = operation
    self.inputs = inputs
    let (outputs, isWidened) = try operation.inferWidening(inputs)
    self.outputs = outputs
    let request = KernelRequest(inputs: inputs, outputs: outputs, constants: constants, threads: threads)
    for backend in backends ?? Execution.backends ?? PluginHost.sharedBackends {
      do {
        guard let kernel = try backend.kernels.kernel(for: operation, request) else { continue }
        (self.kernel, backendName) = (kernel, backend.name)
        return
      } catch {
        throw CoreError(wrapping: error).inside(backend.name)
      }
    }
    guard isWidened, let wide = HalfPrecision.widened(inputs) else {
      (kernel, backendName) = (operation.portableKernel(request), nil)
      return
    }
    let known = constants.mapValues { $0.dtype.isHalf ? $0.cast(to: .float32) : $0 }
    let inner = try PreparedOperation(
      operation, inputs: wide.specs, constants: known, backends: backends, threads: threads)
    kernel = HalfPrecision.kernel(around: inner, constants: known, inputs: inputs, outputs: outputs)
    // Whoever asks which backend takes the 16 bits hears that none does.
    backendName = nil
  }

  /// Runs on plain values with the specs that it was prepared for.
  public func run(_ arguments: [Tensor]) -> [Tensor] {
    if let views = operation.alias(arguments, outputs) { return views }
    let observer = Execution.observer
    let start = observer.map { _ in ContinuousClock.now }
    let results = compute(arguments)
    if let observer, let start {
      observer.didRun(
        OperationRun(operation, inputs: inputs, outputs: outputs, backendName: backendName, start: start))
    }
    return results
  }

  /// The same without telling an observer.
  func compute(_ arguments: [Tensor]) -> [Tensor] {
    var results = outputs.map { Tensor(uninitialized: $0) }
    if let kernel {
      Tensor.run(kernel, arguments, results)
    } else {
      withExtendedLifetime(arguments) { operation.evaluate(arguments, into: &results) }
    }
    return results
  }
}
