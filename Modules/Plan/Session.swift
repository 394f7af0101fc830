public import TensorCore

/// What runs a plan: it owns the memory that a run works in, laid out beforehand. One thread at a time; a plan makes as
/// many sessions as are wanted.
///
/// A run is a loop over kernels with fixed addresses: nothing is looked up, chosen or allocated, but for the results that
/// `run(_:)` returns.
public final class Session {
  private typealias Run = (borrowing KernelArguments) -> Void

  private struct Step {
    let run: Run
    let inputs: UnsafeBufferPointer<UnsafeRawPointer>
    let outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>
    let scratch: UnsafeMutableRawPointer?

    @inline(__always)
    func callAsFunction() { run(KernelArguments(inputs: inputs, outputs: outputs, scratch: scratch)) }
  }

  let program: Program
  private let arena: Arena
  private var steps: ContiguousArray<Step> = []
  private let sources: UnsafeMutableBufferPointer<UnsafeRawPointer>
  private let destinations: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>
  private var bindings: SessionBindings

  init(_ program: Program, sharing other: Session? = nil) {
    self.program = program
    if let other, other.arena.byteCount >= program.arenaByteCount {
      arena = other.arena
    } else {
      arena = Arena(byteCount: program.arenaByteCount)
    }
    sources = .allocate(capacity: program.steps.reduce(0) { $0 + $1.inputs.count })
    destinations = .allocate(capacity: program.steps.reduce(0) { $0 + $1.outputs.count })
    bindings = SessionBindings(program)
    sources.initialize(repeating: UnsafeRawPointer(arena.base))
    destinations.initialize(repeating: arena.base)
    steps.reserveCapacity(program.steps.count)
    var (source, destination) = (0, 0)
    for step in program.steps {
      steps.append(prepare(step, &source, &destination))
    }
  }

  deinit {
    sources.deallocate()
    destinations.deallocate()
  }

  private func prepare(_ step: Program.Step, _ source: inout Int, _ destination: inout Int) -> Step {
    let inputs = source..<source + step.inputs.count
    let outputs = destination..<destination + step.outputs.count
    (source, destination) = (inputs.upperBound, outputs.upperBound)
    for (slot, place) in zip(inputs, step.inputs) {
      if let address = fixedAddress(place) { sources[slot] = UnsafeRawPointer(address) }
      bindings.add(place, .source(slot))
    }
    for (slot, place) in zip(outputs, step.outputs) {
      if let address = fixedAddress(place) { destinations[slot] = address }
      bindings.add(place, .destination(slot))
    }
    let run: Run
    if let kernel = step.operation.kernel {
      run = kernel.run
    } else {
      let portable = PortableStep(step, arena: arena, constants: program.constants)
      for (index, place) in step.inputs.enumerated() {
        bindings.add(place, .input(portable, index, step.operation.inputs[index]))
      }
      for (index, place) in step.outputs.enumerated() {
        bindings.add(place, .output(portable, index, step.operation.outputs[index]))
      }
      run = { portable.run($0) }
    }
    return Step(
      run: run, inputs: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(sources)[inputs]),
      outputs: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(destinations)[outputs]),
      scratch: step.scratch.map { arena.base + $0 })
  }

  /// nil where it is another in every run, and for constants that no kernel reads.
  private func fixedAddress(_ place: Place) -> UnsafeMutableRawPointer? {
    switch place.region {
    case .arena: arena.base + place.byteOffset
    case .constant(let value): program.constants[value].map { $0.address + place.byteOffset }
    case .argument, .result, .state: nil
    }
  }

  // MARK: Running

  /// The results for these arguments, in tensors of their own.
  ///
  /// Throws where the arguments are not of the specs that the plan was made for.
  public func run(_ arguments: [Tensor]) throws(CoreError) -> [Tensor] {
    try program.checkArguments(arguments)
    try program.checkState([])
    let results = program.resultSpecs.map { Tensor(uninitialized: $0) }
    execute(arguments, into: results)
    return results
  }

  /// `run(_:)` into tensors of the results' specs, which are overwritten where nobody else holds them.
  ///
  /// Throws where arguments or results are not of the specs that the plan was made for.
  public func run(_ arguments: [Tensor], into results: inout [Tensor]) throws(CoreError) {
    try program.checkArguments(arguments)
    try program.checkResults(results)
    try program.checkState([])
    for index in results.indices { results[index].withMutableBytes { _ in } }
    execute(arguments, into: results)
  }

  /// One step: results from arguments and state, which is overwritten with its new values.
  ///
  /// Tensors of `results` and `state` that somebody else holds are replaced by copies first.
  ///
  /// Throws where arguments, results or state are not of the specs that the plan was made for.
  public func run(_ arguments: [Tensor], into results: inout [Tensor], state: inout [Tensor]) throws(CoreError) {
    try program.checkArguments(arguments)
    try program.checkResults(results)
    try program.checkState(state)
    for index in results.indices { results[index].withMutableBytes { _ in } }
    for index in state.indices { state[index].withMutableBytes { _ in } }
    run(arguments, results, state: state)
  }

  /// Runs on arguments known to fit. The bytes of `results` are written: nobody may be reading them.
  package func execute(_ arguments: [Tensor], into results: [Tensor]) {
    run(arguments, results, state: [])
  }

  func run(_ arguments: [Tensor], _ results: [Tensor], state: [Tensor]) {
    let threads = Execution.threads
    if threads == program.threads {
      runBound(arguments, results, state)
    } else if threads > program.threads {
      Execution.limitingThreads(to: program.threads) { runBound(arguments, results, state) }
    } else {
      Execution.$threadCount.withValue(program.threads) { runBound(arguments, results, state) }
    }
  }

  private func runBound(_ arguments: [Tensor], _ results: [Tensor], _ state: [Tensor]) {
    withExtendedLifetime((arguments, results, state)) {
      bindings.bind(arguments, results, state, sources, destinations)
      if let observer = Execution.observer {
        for index in steps.indices { runObserved(index, observer) }
      } else {
        steps.withUnsafeBufferPointer { steps in for index in steps.indices { steps[index]() } }
      }
      for copy in program.copies {
        let from = address(copy.from, arguments, results, state)
        let target = address(Place(region: copy.to, byteOffset: 0), arguments, results, state)
        target.copyMemory(from: from, byteCount: copy.byteCount)
      }
      bindings.release()
    }
  }

  private func runObserved(_ index: Int, _ observer: any ExecutionObserver) {
    let (operation, layerPath) = (program.steps[index].operation, program.steps[index].layerPath)
    let start = ContinuousClock.now
    steps[index]()
    observer.didRun(
      OperationRun(
        operation.operation, inputs: operation.inputs, outputs: operation.outputs, layerPath: layerPath,
        backendName: operation.backendName, start: start))
  }

  private func address(
    _ place: Place, _ arguments: [Tensor], _ results: [Tensor], _ state: [Tensor]
  ) -> UnsafeMutableRawPointer {
    switch place.region {
    case .arena, .constant: fixedAddress(place)!
    case .argument(let index): arguments[index].address + place.byteOffset
    case .result(let index): results[index].address + place.byteOffset
    case .state(let index): state[index].address + place.byteOffset
    }
  }
}
