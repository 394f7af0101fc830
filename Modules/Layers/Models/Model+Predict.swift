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
        throw CoreError(
          .shapeMismatch, "found an input of shape \(spec.shape), expected \(input.shapeDescription)",
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

  /// The outputs for any number of samples, computed `batchSize` at a time. Keras: `Model.predict`.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, ...]` each, in the order of `self.inputs`.
  ///   - batchSize: how many samples are computed at once; the results do not depend on it but for rounding.
  /// - Returns: `[samples, ...]` each, in the order of the model's outputs.
  /// - Throws: `CoreError` where the inputs do not fit the model.
  public func predict(_ inputs: [Tensor], batchSize: Int = 32) throws(CoreError) -> [Tensor] {
    try checkInputs(inputs.map(\.spec))
    guard batchSize > 0 else {
      throw CoreError(.invalidArgument, "found batch size \(batchSize), expected a number above 0", path: [name])
    }
    let count = inputs.first?.shape[0] ?? 0
    guard count > batchSize else { return try infer(inputs) }
    var batches: [[Tensor]] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let rows = start..<min(start + batchSize, count)
      batches.append(try infer(inputs.map { $0.aliasedRows(rows) }))
    }
    return batches[0].indices.map { output in Tensor.concatenate(batches.map { $0[output] }, axis: 0) }
  }

  /// `predict` for a model with one input and one output.
  public func predict(_ input: Tensor, batchSize: Int = 32) throws(CoreError) -> Tensor {
    let outputs = try predict([input], batchSize: batchSize)
    guard outputs.count == 1 else {
      throw CoreError(.invalidArgument, "found \(outputs.count) outputs; call predict with a list", path: [name])
    }
    return outputs[0]
  }
}
