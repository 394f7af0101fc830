internal import Data
internal import Layers
internal import TensorCore

extension Trainer {
  /// The batch as the step takes it: inputs of the model's element types, targets as the losses want them.
  ///
  /// Throws naming the input or output. What is in form already passes without a copy.
  func prepared(_ batch: Batch) throws(CoreError) -> Batch {
    guard batch.sampleCount > 0 else { throw CoreError(.invalidData, "found no samples, expected at least one") }
    if let passed = try alreadyPrepared(batch) { return passed }
    let model = memory.structure
    var result = batch
    for (index, input) in model.inputs.enumerated() where index < batch.inputs.count {
      let tensor = batch.inputs[index]
      if tensor.dtype != input.dtype, input.dtype.isFloating { result.inputs[index] = tensor.cast(to: input.dtype) }
    }
    try model.checkInputs(result.inputs.map(\.spec))
    try model.checkBatchSize(batch.sampleCount)
    result.targets = try preparedTargets(batch.targets, count: batch.sampleCount)
    try checkWeights(batch.outputWeights, count: batch.sampleCount)
    return result
  }

  /// A batch that looks like that of the last compiled step, which was in form, with its labels checked; nil where it does
  /// not. Without it every step would describe shapes that are known.
  private func alreadyPrepared(_ batch: Batch) throws(CoreError) -> Batch? {
    guard steps.lastFits(batch) else { return nil }
    for index in batch.targets.indices {
      let target = batch.targets[index]
      guard try preparedTarget(target, index, count: batch.sampleCount).isSameValue(as: target) else { return nil }
    }
    return batch
  }

  /// Targets as the losses want them. A second call changes nothing, so that a data set can be prepared as a whole.
  func preparedTargets(_ targets: [Tensor], count: Int) throws(CoreError) -> [Tensor] {
    let model = memory.structure
    let names = model.outputNames
    guard targets.count == names.count else {
      throw CoreError(
        .shapeMismatch,
        "found \(targets.count) targets, expected \(names.count), one per output: \(names.joined(separator: ", "))",
        path: [model.name])
    }
    var prepared: [Tensor] = []
    for index in targets.indices { prepared.append(try preparedTarget(targets[index], index, count: count)) }
    return prepared
  }

  private func preparedTarget(_ target: Tensor, _ index: Int, count: Int) throws(CoreError) -> Tensor {
    let model = memory.structure
    do throws(CoreError) {
      guard target.rank > 0, target.shape[0] == count else {
        throw CoreError(
          .shapeMismatch, "found targets of shape \(target.shape) for \(count) samples, expected \(count) rows")
      }
      return try config.outputs[index].loss.prepare(target, for: model.lossSpec(index))
    } catch {
      throw error.inside(model.outputNames[index]).inside(model.name)
    }
  }

  /// Weights of samples, for all outputs or one by one, or of the steps of an output.
  private func checkWeights(_ weights: [Tensor], count: Int) throws(CoreError) {
    let model = memory.structure
    let outputs = model.outputSpecs
    guard weights.count <= 1 || weights.count == outputs.count else {
      throw CoreError(
        .shapeMismatch,
        "found sample weights for \(weights.count) outputs, expected \(outputs.count), one per output: "
          + model.outputNames.joined(separator: ", "), path: [model.name])
    }
    for (index, output) in outputs.enumerated() where !weights.isEmpty {
      let found = weights[weights.count == 1 ? 0 : index].shape.array
      let steps = output.shape.array.dropLast().dropFirst()
      let rest = found.dropFirst()
      guard found.first == count, rest.elementsEqual(steps.prefix(rest.count)) || rest.allSatisfy({ $0 == 1 }) else {
        throw CoreError(
          .shapeMismatch, "found sample weights of shape \(Shape(found)), expected [\(count)]",
          path: [model.name] + (weights.count == 1 ? [] : [model.outputNames[index]]))
      }
    }
  }

  /// A data set in memory, checked as a whole: errors in targets name the position among all samples.
  func dataset(
    _ inputs: [Tensor], _ targets: [Tensor], _ weights: [Tensor], batchSize: Int, shuffleSeed: UInt64?
  ) throws(CoreError) -> TensorDataset {
    let data = try TensorDataset(
      inputs: inputs, targets: targets, outputWeights: weights, batchSize: batchSize, shuffleSeed: shuffleSeed)
    var specs = inputs.map(\.spec)
    for (index, input) in model.inputs.enumerated() where index < specs.count && input.dtype.isFloating {
      specs[index].dtype = input.dtype
    }
    try model.checkInputs(specs)
    return try TensorDataset(
      inputs: inputs, targets: preparedTargets(targets, count: data.sampleCount), outputWeights: weights,
      batchSize: batchSize, shuffleSeed: shuffleSeed)
  }
}
