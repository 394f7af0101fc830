/// What a layer does with the mask of its input, as Keras's `supports_masking` and `compute_mask` say.
///
/// A mask travels beside its tensor in `CallContext.masks`, from layer to layer.
public enum MaskRule: Sendable {
  /// The outputs have no mask: what Keras does for a layer that does not support masking.
  case stops
  /// The first input's mask is that of every output.
  case passes
  /// The layer reads `CallContext.masks` and leaves its outputs' there: those that make a mask, use one up, or combine
  /// several.
  case own
}
