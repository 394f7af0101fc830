internal import TensorCore

/// One application of an operation, without the trace of the tape that recorded it.
struct TapeRecord: Sendable {
  let operation: any Operation
  let inputs: [Tensor]
  /// The tape's number of each input; nil where the tape does not watch it.
  let nodes: [Int?]
  let outputs: [Tensor]
  /// The number of the first output; the others follow.
  let firstOutput: Int
  /// The layer that asked for the operation.
  let layerPath: String
}

/// What a tape has written down. A value: a backward pass may run over it more than once.
struct Recording: Sendable {
  var records: [TapeRecord]
  var sources: [TensorSpec]
  var valueCount: Int

  /// The gradients of the sources, given those of the values `seeds`. Uses the records up as it goes: where nobody else
  /// holds this recording, saved tensors are released step by step.
  consuming func gradients(_ seeds: [Int?], _ cotangents: [Tensor]) -> [Tensor] {
    CoreError.require(
      seeds.count == cotangents.count, .shapeMismatch, "found \(cotangents.count) cotangents, expected \(seeds.count)")
    var records = self.records
    self.records = []
    var slots = [Tensor?](repeating: nil, count: valueCount)
    for (seed, cotangent) in zip(seeds, cotangents) {
      if let seed { accumulate(cotangent, into: &slots[seed]) }
    }
    while let record = records.popLast() {
      let outputs = record.firstOutput..<record.firstOutput + record.outputs.count
      let arrived = Array(slots[outputs])
      guard arrived.contains(where: { $0 != nil }) else { continue }
      for slot in outputs { slots[slot] = nil }
      for (node, gradient) in zip(record.nodes, record.inputGradients(arrived)) {
        if let node, let gradient { accumulate(gradient, into: &slots[node]) }
      }
    }
    return sources.enumerated().map { slots[$0] ?? Tensor.zeros($1.shape, dtype: $1.dtype) }
  }
}

extension TapeRecord {
  /// The gradients of the inputs by the operation's rule, checked.
  fileprivate func inputGradients(_ outputGradients: [Tensor?]) -> [Tensor?] {
    guard let operation = operation as? any DifferentiableOperation else {
      fail(
        .notDifferentiable,
        "operation \"\(name)\" has no gradient rule, and a gradient must flow through it; conform "
          + "\(type(of: operation)) to DifferentiableOperation, or apply stopGradient() to its result")
    }
    let pullback = Pullback(
      inputs: inputs, outputs: outputs, outputGradients: outputGradients, needs: nodes.map { $0 != nil })
    // The backward pass of a layer belongs to that layer in profiles, captured graphs and messages.
    let gradients =
      layerPath == Execution.layerPath
      ? operation.pullback(pullback) : Execution.$layerPath.withValue(layerPath) { operation.pullback(pullback) }
    guard gradients.count == inputs.count else {
      fail(
        .shapeMismatch,
        "the gradient rule of \"\(name)\" gave \(gradients.count) gradients, expected \(inputs.count), one per input")
    }
    for (index, gradient) in gradients.enumerated() {
      guard let gradient, nodes[index] != nil, gradient.spec != inputs[index].spec else { continue }
      fail(
        .shapeMismatch,
        "the gradient rule of \"\(name)\" gave \(gradient.spec) for input \(index), expected \(inputs[index].spec)")
    }
    return gradients
  }

  private var name: String { type(of: operation).name }

  private func fail(_ code: CoreError.Code, _ message: String) -> Never {
    CoreError(code, message, path: layerPath.isEmpty ? [] : [layerPath]).trap()
  }
}

/// Adds a gradient to what already arrived at the same value.
private func accumulate(_ gradient: Tensor, into slot: inout Tensor?) {
  guard let sum = slot else {
    slot = gradient
    return
  }
  slot = nil
  // float16 and bfloat16 only store: the sum is made in float32.
  slot =
    gradient.dtype.isArithmetic
    ? sum + gradient : (sum.cast(to: .float32) + gradient.cast(to: .float32)).cast(to: gradient.dtype)
}
