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
    let outputs = try lossSpecs(for: result.inputs.map(\.spec))
    result.targets = try preparedTargets(batch.targets, outputs, count: batch.sampleCount)
    try checkWeights(batch.outputWeights, outputs, count: batch.sampleCount)
    return result
  }

  /// A batch that looks like that of the last compiled step, which was in form, with its labels checked; nil where it does
  /// not. Without it every step would describe shapes that are known.
  private func alreadyPrepared(_ batch: Batch) throws(CoreError) -> Batch? {
    guard steps.lastFits(batch) else { return nil }
    let isOpen = memory.structure.hasOpenSizes
    if isOpen, lastLossSpecs?.inputs.elementsEqual(batch.inputs, by: { $0 == $1.spec }) != true { return nil }
    for index in batch.targets.indices {
      let target = batch.targets[index]
      let output = isOpen ? lastLossSpecs?.outputs[index] : nil
      let prepared = try preparedTarget(
        target, output ?? memory.structure.lossSpec(index), index, count: batch.sampleCount)
      guard prepared.isSameValue(as: target) else { return nil }
    }
    return batch
  }

  /// What losses see of the outputs for inputs of these specs. Throws where the inputs do not fit.
  func lossSpecs(for inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard memory.structure.hasOpenSizes else { return memory.structure.lossSpecs }
    if let last = lastLossSpecs, last.inputs == inputs { return last.outputs }
    try memory.structure.checkInputs(inputs)
    let outputs = try memory.structure.lossSpecs(for: inputs)
    lastLossSpecs = (inputs, outputs)
    return outputs
  }

  /// The meters for batches like this one.
  func meters(for batch: Batch) throws(CoreError) -> Meters {
    let outputs = try lossSpecs(for: specs(batch.inputs))
    return try Meters(config, memory.structure, outputs: outputs, targets: batch.targets.map(\.spec))
  }

  /// The specs of inputs once they are of the model's element types.
  private func specs(_ inputs: [Tensor]) -> [TensorSpec] {
    var specs = inputs.map(\.spec)
    for (index, input) in memory.structure.inputs.enumerated() where index < specs.count && input.dtype.isFloating {
      specs[index].dtype = input.dtype
    }
    return specs
  }

  /// Targets as the losses want them. A second call changes nothing, so that a data set can be prepared as a whole.
  private func preparedTargets(
    _ targets: [Tensor], _ outputs: [TensorSpec], count: Int
  ) throws(CoreError) -> [Tensor] {
    let model = memory.structure
    let names = model.outputNames
    guard targets.count == names.count else {
      throw CoreError(
        .shapeMismatch,
        "found \(targets.count) targets, expected \(names.count), one per output: \(names.joined(separator: ", "))",
        path: [model.name])
    }
    var prepared: [Tensor] = []
    for index in targets.indices {
      prepared.append(try preparedTarget(targets[index], outputs[index], index, count: count))
    }
    return prepared
  }

  private func preparedTarget(
    _ target: Tensor, _ output: TensorSpec, _ index: Int, count: Int
  ) throws(CoreError) -> Tensor {
    let model = memory.structure
    do throws(CoreError) {
      guard target.rank > 0, target.shape[0] == count else {
        throw CoreError(
          .shapeMismatch, "found targets of shape \(target.shape) for \(count) samples, expected \(count) rows")
      }
      return try config.outputs[index].loss.prepare(target, for: output)
    } catch {
      throw error.inside(model.outputNames[index]).inside(model.name)
    }
  }

  /// Weights of samples, for all outputs or one by one, or of the steps of an output.
  private func checkWeights(_ weights: [Tensor], _ outputs: [TensorSpec], count: Int) throws(CoreError) {
    let model = memory.structure
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
    let specs = specs(inputs)
    try model.checkInputs(specs)
    let targets = try preparedTargets(targets, lossSpecs(for: specs), count: data.sampleCount)
    return try TensorDataset(
      inputs: inputs, targets: targets, outputWeights: weights, batchSize: batchSize, shuffleSeed: shuffleSeed)
  }
}
