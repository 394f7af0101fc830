/// A set of kernels that are faster than the portable `evaluate` of their operations: a name and a table.
public protocol Backend: Sendable {
  var name: String { get }
  var kernels: KernelTable { get }
}

/// From operation types to kernel makers.
public struct KernelTable: Sendable {
  typealias Maker = @Sendable (any Operation, KernelRequest) throws -> Kernel?

  private var makers: [ObjectIdentifier: Maker] = [:]
  /// The names of the operations that have an entry.
  public private(set) var operationNames: [String] = []

  public init() {}

  /// `make` answers for one case (attributes, shapes, dtypes): a kernel, or nil to leave it to the next in the chain.
  /// A second entry for the same operation replaces the first.
  public mutating func register<Op: Operation>(
    _: Op.Type, _ make: @escaping @Sendable (Op, KernelRequest) throws -> Kernel?
  ) {
    if makers[ObjectIdentifier(Op.self)] == nil { operationNames.append(Op.name) }
    makers[ObjectIdentifier(Op.self)] = { operation, request in
      guard let operation = operation as? Op else { return nil }
      return try make(operation, request)
    }
  }

  public func kernel(for operation: any Operation, _ request: KernelRequest) throws -> Kernel? {
    guard let make = makers[ObjectIdentifier(type(of: operation))] else { return nil }
    return try make(operation, request)
  }

  func contains(_ type: any Operation.Type) -> Bool { makers[ObjectIdentifier(type)] != nil }
}

/// One case that a backend is asked about.
public struct KernelRequest: Sendable {
  public var inputs: [TensorSpec]
  public var outputs: [TensorSpec]
  /// Inputs that are known now and will not change: pack them once. Empty in eager execution.
  public var constants: [Int: Tensor]
  public var threads: Int

  public init(inputs: [TensorSpec], outputs: [TensorSpec], constants: [Int: Tensor] = [:], threads: Int) {
    self.inputs = inputs
    self.outputs = outputs
    self.constants = constants
    self.threads = threads
  }
}

/// A function over bytes for one case of one operation.
public struct Kernel: Sendable {
  /// Bytes of 64-byte aligned scratch memory that `run` wants.
  public var scratchByteCount: Int
  /// Output → input whose bytes it may overwrite in place.
  public var mayOverwriteInput: [Int: Int]
  /// Constant inputs that the kernel has a copy of in a layout of its own: `run` never reads their bytes, which a plan may
  /// therefore give back.
  public var unreadInputs: Set<Int>
  public var run: @Sendable (borrowing KernelArguments) -> Void

  public init(
    scratchByteCount: Int = 0, mayOverwriteInput: [Int: Int] = [:], unreadInputs: Set<Int> = [],
    run: @escaping @Sendable (borrowing KernelArguments) -> Void
  ) {
    self.scratchByteCount = scratchByteCount
    self.mayOverwriteInput = mayOverwriteInput
    self.unreadInputs = unreadInputs
    self.run = run
  }
}

/// What a kernel works on: dense row-major bytes in the order of the request's specs. Valid during the call only.
public struct KernelArguments: ~Copyable {
  public let inputs: UnsafeBufferPointer<UnsafeRawPointer>
  public let outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>
  public let scratch: UnsafeMutableRawPointer?

  public init(
    inputs: UnsafeBufferPointer<UnsafeRawPointer>, outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>,
    scratch: UnsafeMutableRawPointer?
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.scratch = scratch
  }

  /// The elements of an input.
  func input<S>(_ index: Int, _: S.Type = S.self) -> UnsafePointer<S> {
    inputs[index].assumingMemoryBound(to: S.self)
  }

  /// The elements of an output.
  func output<S>(_ index: Int, _: S.Type = S.self) -> UnsafeMutablePointer<S> {
    outputs[index].assumingMemoryBound(to: S.self)
  }
}

extension Operation {
  /// What `evaluate` is where the kernel is the only value rule: makes it for this one case, and runs it.
  func runKernel(_ inputs: [Tensor], _ outputs: [Tensor]) {
    let request = KernelRequest(
      inputs: inputs.map(\.spec), outputs: outputs.map(\.spec), threads: Execution.threads)
    guard let kernel = portableKernel(request) else {
      CoreError(.invalidArgument, "\(Self.name): found no kernel for \(request.inputs)").trap()
    }
    Tensor.run(kernel, inputs, outputs)
  }
}
