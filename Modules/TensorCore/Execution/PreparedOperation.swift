/// An operation for inputs of known specs: shapes inferred and kernel chosen once, to be run many times.
public struct PreparedOperation: Sendable {
  public let operation: any Operation
  public let inputs: [TensorSpec]
  public let outputs: [TensorSpec]
  /// The backend whose kernel runs; nil for the portable rule.
  public let backendName: String?
  /// What runs; nil for the portable rule.
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
    outputs = try operation.infer(inputs)
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
    (kernel, backendName) = (nil, nil)
  }

  /// Runs on plain values with the specs that it was prepared for.
  public func run(_ arguments: [Tensor]) -> [Tensor] {
    if let views = operation.alias(arguments, outputs) { return views }
    let observer = Execution.observer
    let start = observer.map { _ in ContinuousClock.now }
    var results = outputs.map { Tensor(uninitialized: $0) }
    if let kernel {
      Tensor.run(kernel, arguments, results)
    } else {
      operation.evaluate(arguments, into: &results)
    }
    if let observer, let start {
      observer.didRun(
        OperationRun(operation, inputs: inputs, outputs: outputs, backendName: backendName, start: start))
    }
    return results
  }
}
