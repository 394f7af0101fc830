internal import CKernels

/// What eager execution consults: the backend chain, the number of threads, and where in a model we are.
///
/// All are task-local, so that a test or a request can choose its own:
/// `Execution.$backends.withValue([]) { ... }` runs everything on the portable rules.
public enum Execution {
  /// The backends to ask, first to last; nil (the default) means those installed in `PluginHost.shared`.
  @TaskLocal public static var backends: [any Backend]?

  /// How many threads a kernel may use; nil (the default) means `defaultThreadCount`.
  @TaskLocal public static var threadCount: Int?

  /// The layer that is being run, as `"block1/conv"`; for messages, profiles and captured graphs.
  @TaskLocal public static var layerPath = ""

  /// Who is told of everything that is computed; nil (the default): nobody, and nothing is timed.
  @TaskLocal public static var observer: (any ExecutionObserver)?

  /// Whether convolutions of 3 x 3 windows in float32 may be computed by Winograd's minimal filtering where that is faster,
  /// which is the default. Results then differ from those of the direct sum by a few more units of roundoff
  /// (Docs/Accuracy.md). Asked when a kernel is chosen: a plan keeps what it was made with.
  @TaskLocal public static var allowsWinograd = true

  /// The number of physical cores that this process may use.
  public static let defaultThreadCount = max(1, Int(ck_core_count()))

  public static var threads: Int { threadCount ?? defaultThreadCount }

  static var threads32: Int32 { Int32(clamping: threads) }
}

extension Tensor {
  /// The one funnel through which every operation runs.
  ///
  /// If an interpreter watches an input, the innermost one decides; otherwise the backend chain and finally the
  /// operation's own `evaluate` compute it. Traps where the inputs violate the operation's shape rule.
  public static func apply(_ operation: some Operation, _ inputs: [Tensor]) -> [Tensor] {
    var innermost: TraceRef?
    for input in inputs {
      guard let trace = input.trace else { continue }
      if innermost == nil || trace.level > innermost!.level { innermost = trace }
    }
    if let innermost { return innermost.interpreter.apply(operation, inputs) }
    return execute(operation, inputs)
  }

  /// `apply` for operations with one output.
  public static func apply(_ operation: some Operation, _ inputs: Tensor...) -> Tensor {
    apply(operation, inputs)[0]
  }

  /// Computes an operation on plain values, by the backend chain or portably.
  static func execute(_ operation: some Operation, _ inputs: [Tensor]) -> [Tensor] {
    let inputSpecs = inputs.map(\.spec)
    let (outputSpecs, isWidened) = inferred(operation, inputSpecs)
    if let views = operation.alias(inputs, outputSpecs) { return views }
    var outputs = outputSpecs.map { Tensor(uninitialized: $0) }
    guard let observer = Execution.observer else {
      _ = compute(operation, inputs, inputSpecs, outputSpecs, &outputs, isWidened: isWidened)
      return outputs
    }
    let start = ContinuousClock.now
    let backendName = compute(operation, inputs, inputSpecs, outputSpecs, &outputs, isWidened: isWidened)
    observer.didRun(
      OperationRun(operation, inputs: inputSpecs, outputs: outputSpecs, backendName: backendName, start: start))
    return outputs
  }

  /// The same into bytes that are there already, as a part of another operation, which is what an observer sees.
  /// `outputs` have the inferred specs, and nobody else has seen their bytes.
  static func execute(_ operation: some Operation, _ inputs: [Tensor], into outputs: [Tensor]) {
    let inputSpecs = inputs.map(\.spec)
    let (specs, isWidened) = inferred(operation, inputSpecs)
    CoreError.require(
      specs == outputs.map(\.spec), .shapeMismatch, "found outputs \(outputs.map(\.spec)), not \(specs)")
    var results = outputs
    _ = compute(operation, inputs, inputSpecs, specs, &results, isWidened: isWidened)
    // The rule of an operation may have put another tensor in place of one that it was given.
    withExtendedLifetime((results, outputs)) {
      for (result, output) in zip(results, outputs) where result.pointer != output.pointer {
        output.pointer.copyMemory(from: result.pointer, byteCount: output.spec.byteCount)
      }
    }
  }

  private static func inferred(
    _ operation: some Operation, _ inputs: [TensorSpec]
  ) -> (outputs: [TensorSpec], isWidened: Bool) {
    do {
      return try operation.inferWidening(inputs)
    } catch {
      let layer = Execution.layerPath
      (layer.isEmpty ? error : error.inside(layer)).trap()
    }
  }

  /// Writes the outputs; returns the backend that computed them, nil for the operation's own rule. `outputs` is the only
  /// reference to its tensors, or a rule that writes through `withMutableScalars` writes to copies of them.
  private static func compute(
    _ operation: some Operation, _ inputs: [Tensor], _ inputSpecs: [TensorSpec], _ outputSpecs: [TensorSpec],
    _ outputs: inout [Tensor], isWidened: Bool
  ) -> String? {
    let chain = Execution.backends ?? PluginHost.sharedBackends
    for backend in chain where backend.kernels.contains(type(of: operation)) {
      let request = KernelRequest(inputs: inputSpecs, outputs: outputSpecs, threads: Execution.threads)
      guard let kernel = try? backend.kernels.kernel(for: operation, request) else { continue }
      run(kernel, inputs, outputs)
      return backend.name
    }
    if isWidened, let wide = HalfPrecision.widened(inputSpecs)?.specs {
      var results = outputSpecs.map { Tensor(uninitialized: HalfPrecision.widened([$0])?.specs[0] ?? $0) }
      let name = compute(
        operation, HalfPrecision.converted(inputs, to: wide), wide, results.map(\.spec), &results, isWidened: false)
      HalfPrecision.convert(results, into: outputs)
      return name
    }
    // Kernels work on bare pointers, which do not keep the inputs alive.
    withExtendedLifetime(inputs) { operation.evaluate(inputs, into: &outputs) }
    return nil
  }

  static func run(_ kernel: Kernel, _ inputs: [Tensor], _ outputs: [Tensor]) {
    let scratch = kernel.scratchByteCount > 0 ? Storage(byteCount: kernel.scratchByteCount) : nil
    withExtendedLifetime((inputs, outputs, scratch)) {
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: inputs.count) { sources in
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: outputs.count) { destinations in
          for index in inputs.indices {
            sources.initializeElement(at: index, to: UnsafeRawPointer(inputs[index].pointer))
          }
          for index in outputs.indices { destinations.initializeElement(at: index, to: outputs[index].pointer) }
          kernel.run(
            KernelArguments(
              inputs: UnsafeBufferPointer(sources), outputs: UnsafeBufferPointer(destinations), scratch: scratch?.base))
        }
      }
    }
  }
}
