internal import TensorCore

/// Kernels of eager execution, which asks for one per run. Kernels with constants belong to a plan, which keeps them.
private struct KernelKey<Op: Operation>: Hashable, Sendable {
  let operation: Op
  let inputs: [TensorSpec]
  let threads: Int
  let allowsWinograd: Bool
}

extension KernelTable {
  /// Registers a maker whose answers, also those that decline, are remembered by operation, specs, threads and what
  /// `Execution` allows.
  mutating func registerCached<Op: Operation>(
    _ type: Op.Type, _ make: @escaping @Sendable (Op, KernelRequest) -> Kernel?
  ) {
    let cache = BoundedCache<KernelKey<Op>, Kernel?>(limit: 512)
    register(type) { operation, request in
      guard request.constants.isEmpty else { return make(operation, request) }
      let key = KernelKey(
        operation: operation, inputs: request.inputs, threads: request.threads, allowsWinograd: Execution.allowsWinograd
      )
      return cache.value(key) { make(operation, request) }
    }
  }
}
