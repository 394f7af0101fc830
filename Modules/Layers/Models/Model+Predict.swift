public import Plan
public import TensorCore

extension Model {
  /// Throws unless there is one tensor per input, of its shape and element type, and all have one batch size. As in
  /// Keras, any batch size fits, also where the input layer fixes one.
  public func checkInputs(_ specs: [TensorSpec]) throws(CoreError) {
    guard specs.count == inputs.count else {
      let names = inputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw CoreError(
        .shapeMismatch, "found \(specs.count) inputs, expected \(inputs.count): \(names)", path: [name])
    }
    for (input, spec) in zip(inputs, specs) {
      let fits =
        spec.rank == input.batchShape.count
        && zip(input.batchShape, spec.shape.array).dropFirst().allSatisfy { $0 == nil || $0 == $1 }
      guard fits else {
        let text = input.isText ? " of strings and their bytes, as Tensor(strings:shape:) makes them" : ""
        throw CoreError(
          .shapeMismatch, "found an input of shape \(spec.shape), expected \(input.shapeDescription)\(text)",
          path: [name, input.name])
      }
      guard spec.dtype == input.dtype else {
        throw CoreError(
          .dtypeMismatch, "found an input of \(spec.dtype.rawValue), expected \(input.dtype.rawValue)",
          path: [name, input.name])
      }
    }
    let counts = Set(specs.map { $0.shape[0] })
    guard counts.count <= 1 else {
      throw CoreError(
        .shapeMismatch,
        "found inputs of \(specs.map { "\($0.shape[0])" }.joined(separator: ", ")) samples, expected "
          + "one number", path: [name])
    }
  }

  /// Throws where the layers behind a `RandomCrop` do not take images that it leaves whole, as it does in inference.
  package func checkInference(_ specs: [TensorSpec]) throws(CoreError) {
    guard root.cropsInTrainingAlone else { return }
    do throws(CoreError) {
      _ = try GraphCapture.capture(specs) { (arguments) throws(CoreError) -> [Tensor] in eager(arguments) }
    } catch {
      throw error.path.first == name ? error : error.inside(name)
    }
  }

  /// The outputs for any number of samples, computed `batchSize` at a time. Keras: `Model.predict`.
  ///
  /// The first call for a batch of some shape compiles the model into a plan for it (`InferencePlan`), which later calls
  /// find again as long as the weights are the same; the last batch, where it is smaller, has a plan of its own. Safe
  /// from many threads at once.
  ///
  /// Stateful layers begin in the model's states and go on from batch to batch, and the model keeps its states: `advance`
  /// changes them.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]` each, in the order of `self.inputs`.
  ///   - batchSize: how many samples are computed at once; the results do not depend on it but for rounding.
  ///   - compiled: false computes operation by operation instead. Unless said otherwise that is also what happens where
  ///     there is no plan: while a gradient tape or another interpreter watches an input or a weight, for no samples at
  ///     all, where a backend cannot set up a kernel, and where an output's first axis is not the batch. With true, and
  ///     with a precision of its own, that is an error.
  ///   - precision: what a plan multiplies in; operation by operation it is always what the model says.
  /// - Returns: `[samples, ...]` each, in the order of the model's outputs.
  /// - Throws: `CoreError` where the inputs do not fit the model or there must be a plan and is none, and with code
  ///   `backendUnavailable` where no installed backend has the precision on this CPU.
  public func predict(
    _ inputs: [Tensor], batchSize: Int = 32, compiled: Compilation = .automatic, precision: Precision = .float32
  ) throws(CoreError) -> [Tensor] {
    try checkInputs(inputs.map(\.spec))
    guard batchSize > 0 else {
      throw CoreError(.invalidArgument, "found batch size \(batchSize), expected a number above 0", path: [name])
    }
    try checkInference(inputs.map(\.spec))
    return try checkingData { () throws(CoreError) in try computed(inputs, batchSize, compiled, precision) }
  }

  private func computed(
    _ inputs: [Tensor], _ batchSize: Int, _ compiled: Compilation, _ precision: Precision
  ) throws(CoreError) -> [Tensor] {
    let count = inputs.first?.shape[0] ?? 0
    guard !isStateful else {
      var copy = self
      return try copy.advance(inputs, batchSize: batchSize, compiled: compiled, precision: precision)
    }
    if count > 0 {
      switch try planned(inputs, count, batchSize, compiled, precision) {
      case .success(let outputs): return outputs
      case .failure(let error): if compiled == .required || precision != .float32 { throw error.inside(name) }
      }
    }
    guard count > batchSize else { return eager(inputs) }
    var batches: [[Tensor]] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let rows = start..<min(start + batchSize, count)
      batches.append(eager(inputs.map { $0.aliasedRows(rows) }))
    }
    for (output, first) in batches[0].enumerated() {
      let shapes = batches.map { $0[output].shape.array.dropFirst() }
      guard shapes.allSatisfy({ $0 == first.shape.array.dropFirst() }) else {
        throw CoreError(
          .shapeMismatch, "found an output of different lengths in batches, expected one length: predict all at once",
          path: [name])
      }
    }
    return batches[0].indices.map { output in Tensor.concatenate(batches.map { $0[output] }, axis: 0) }
  }

  /// `predict` for a model with one input and one output.
  ///
  /// - Parameters:
  ///   - input: `[samples, ...]`
  ///   - batchSize: how many samples are computed at once.
  ///   - compiled: false computes operation by operation, without a plan; true is an error where there is none.
  ///   - precision: what a plan multiplies in.
  /// - Returns: `[samples, ...]`
  /// - Throws: `CoreError` where the input does not fit the model or there must be a plan and is none, and with code
  ///   `backendUnavailable` where no installed backend has the precision on this CPU.
  public func predict(
    _ input: Tensor, batchSize: Int = 32, compiled: Compilation = .automatic, precision: Precision = .float32
  ) throws(CoreError) -> Tensor {
    let outputs = try predict([input], batchSize: batchSize, compiled: compiled, precision: precision)
    guard outputs.count == 1 else {
      throw CoreError(.invalidArgument, "found \(outputs.count) outputs; call predict with a list", path: [name])
    }
    return outputs[0]
  }

  /// Lets go of the plans for predictions, which share the weights' bytes: the next change of a weight is in place.
  package func forgetPlans() { plans.removeAll() }

  /// Whether both are copies of one model, whatever their weights.
  package func isSameBuild(as other: Model) -> Bool { plans === other.plans }

  /// The outputs by plans, or why there is none.
  private func planned(
    _ inputs: [Tensor], _ count: Int, _ batchSize: Int, _ compiled: Compilation, _ precision: Precision
  ) throws(CoreError) -> Result<[Tensor], CoreError> {
    guard !hasOpenLengths else {
      return .failure(Self.noPlan("found a layer whose output is as long as the values of its input say"))
    }
    guard compiled != .never else { return .failure(Self.noPlan("found a prediction that is not to be compiled")) }
    guard inputs.allSatisfy({ $0.trace == nil }), weights.tensors.allSatisfy({ $0.trace == nil }) else {
      return .failure(Self.noPlan("found an input or weight that a gradient tape or another interpreter watches"))
    }
    guard count > batchSize else {
      switch try plans.plan(for: inputs.map(\.spec), precision, of: self) {
      case .success(let plan): return .success(try plan.run(inputs))
      case .failure(let error): return .failure(error)
      }
    }
    var outputs: [Tensor] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let rows = start..<min(start + batchSize, count)
      let batch = inputs.map { $0.aliasedRows(rows) }
      let plan: InferencePlan
      switch try plans.plan(for: batch.map(\.spec), precision, of: self) {
      case .success(let found): plan = found
      case .failure(let error): return .failure(error)
      }
      if let other = plan.resultSpecs.first(where: { $0.rank == 0 || $0.shape[0] != rows.count }) {
        return .failure(
          Self.noPlan("found an output \(other) for \(rows.count) samples, whose first axis is not the batch"))
      }
      if outputs.isEmpty {
        outputs = plan.resultSpecs.map { spec in
          var shape = spec.shape
          shape[0] = count
          return Tensor(uninitialized: TensorSpec(shape, spec.dtype))
        }
      }
      // Nobody has seen the outputs yet, so their rows can be written in place.
      plan.execute(batch, into: outputs.map { $0.aliasedRows(rows) })
    }
    return .success(outputs)
  }

  private static func noPlan(_ found: String) -> CoreError {
    CoreError(.invalidArgument, "\(found), which no plan computes; expected precision float32 and compiled automatic")
  }
}
