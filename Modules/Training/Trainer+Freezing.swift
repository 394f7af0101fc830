internal import Layers
internal import Optimizers
public import TensorCore

extension Trainer {
  /// From now on trains some layers or leaves them as they are: `Model.settingTrainable(_:_:)`. What the optimizer remembers
  /// of weights that are no longer trained is kept for when they are trained again.
  ///
  /// - Parameters:
  ///   - isTrainable: whether the layers are trained.
  ///   - paths: layers by their names from the model inwards, `"block/dense"`; an empty path is the model itself.
  /// - Throws: `unknownName` where there is no such layer.
  public func setTrainable(_ isTrainable: Bool, _ paths: [String]) throws(CoreError) {
    model = try model.settingTrainable(isTrainable, paths)
  }

  /// Gives the weights that a model trains their slots: those they had, or fresh ones.
  func adaptState(to model: Model) {
    let (weights, state) = (memory.model.weights, memory.state)
    for (index, slots) in zip(weights.trainableIndices, state.slots) { restingSlots[weights.keys[index].path] = slots }
    var adapted = OptimizerState(for: optimizer, weights: model.weights)
    (adapted.iterations, adapted.lossScale) = (state.iterations, state.lossScale)
    for (position, index) in model.weights.trainableIndices.enumerated() {
      guard let slots = restingSlots.removeValue(forKey: model.weights.keys[index].path),
        slots.map(\.spec) == adapted.slots[position].map(\.spec)
      else { continue }
      adapted.slots[position] = slots
    }
    memory.state = adapted
  }
}
