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
  /// Weights that get a new value otherwise than by a gradient, and those values.
  let updatedKeys: [WeightKey]
  let updates: [Tensor]

  init(_ model: Model, _ weights: Weights, _ config: TrainingConfig, _ batch: Batch, _ key: RandomKey) {
    var updatedKeys: [WeightKey] = []
    let result = valueAndGradients(at: weights) { weights in
      var context = CallContext(weights: weights, isTraining: true, random: key)
      context.remembersLogits = true
      let outputs = model(batch.inputs, &context)
      let losses = config.losses(batch, outputs, context)
      updatedKeys = context.updates.map(\.key)
      return (config.total(losses), [outputs, losses, context.updates.map(\.value)])
    }
    let auxiliary = result.auxiliary
    (loss, gradients, outputs, losses) = (result.value, result.gradients, auxiliary[0], auxiliary[1])
    (self.updatedKeys, updates) = (updatedKeys, auxiliary[2])
  }
}
