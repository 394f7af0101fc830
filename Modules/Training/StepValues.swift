internal import AutoDiff
internal import Data
internal import Layers
internal import TensorCore

/// What one forward and backward pass gives.
struct StepValues {
  let loss: Tensor
  let gradients: Weights
  let outputs: [Tensor]
  let losses: [Tensor]
  /// The outputs' masks, nil where an output has none.
  let masks: [Tensor?]
  /// Weights that get a new value otherwise than by a gradient, and those values.
  let updatedKeys: [WeightKey]
  let updates: [Tensor]
  /// Weights that the step begins from another value of, and those values.
  let assignedKeys: [WeightKey]
  let assignments: [Tensor]

  /// - Parameter scale: what the loss is multiplied with before its gradients are taken, float32 `[]`; nil: 1.
  init(
    _ model: Model, _ weights: Weights, _ config: TrainingConfig, _ batch: Batch, _ key: RandomKey, scale: Tensor?
  ) {
    var (updatedKeys, assignedKeys): ([WeightKey], [WeightKey]) = ([], [])
    var maskedOutputs: [Int] = []
    let result = valueAndGradients(at: weights) { weights in
      var context = CallContext(weights: weights, isTraining: true, random: key)
      context.remembersLogits = true
      let outputs = model(batch.inputs, &context)
      let losses = config.losses(batch, outputs, context)
      updatedKeys = context.updates.map(\.key)
      assignedKeys = context.assignments.map(\.key)
      let masks = context.masks(of: outputs)
      maskedOutputs = masks.indices.filter { masks[$0] != nil }
      let total = config.total(losses, context.losses + model.weightRules.penalties(of: weights))
      let scaled = scale.map { total * $0.cast(to: total.dtype) } ?? total
      let (updates, assignments) = (context.updates.map(\.value), context.assignments.map(\.value))
      return (scaled, [[total], outputs, losses, updates, assignments, masks.compactMap { $0 }])
    }
    let auxiliary = result.auxiliary
    (loss, gradients, outputs, losses) = (auxiliary[0][0], result.gradients, auxiliary[1], auxiliary[2])
    (self.updatedKeys, updates) = (updatedKeys, auxiliary[3])
    (self.assignedKeys, assignments) = (assignedKeys, auxiliary[4])
    var masks = [Tensor?](repeating: nil, count: outputs.count)
    for (index, mask) in zip(maskedOutputs, auxiliary[5]) { masks[index] = mask }
    self.masks = masks
  }
}

extension CallContext {
  /// The masks that have come with a model's outputs.
  func masks(of outputs: [Tensor]) -> [Tensor?] { outputs.indices.map { mask($0) } }
}
