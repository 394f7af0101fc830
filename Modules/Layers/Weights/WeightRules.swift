public import TensorCore

/// What training heeds of a model's weights besides the loss: penalties and constraints. Of trainable weights alone, as in
/// Keras.
public struct WeightRules: Sendable {
  var penalties: [(slot: Int, penalty: Regularizer.Penalty)] = []
  /// By position among the weights.
  public internal(set) var projections: [(slot: Int, projection: Constraint.Projection)] = []

  /// The penalties of weights, tensors of shape `[]`.
  public func penalties(of weights: Weights) -> [Tensor] {
    penalties.map { $0.penalty(weights.tensors[$0.slot]) }
  }

  /// Brings weights back to where their constraints want them.
  public func constrain(_ weights: inout Weights) {
    for (slot, projection) in projections { weights.tensors[slot] = projection(weights.tensors[slot]) }
  }
}
