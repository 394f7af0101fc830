public import TensorCore

/// An operation with a gradient rule.
///
/// Apus's own operations have their rules in `Rules/`, one file each; an operation from elsewhere conforms in the file
/// that defines it. A rule is written with `Tensor` methods, never with scalars that are read: then it can itself be
/// differentiated (second derivatives) and captured (compiled training steps).
public protocol DifferentiableOperation: Operation {
  /// The gradients of the inputs, given those of the outputs: one entry per input, of that input's spec.
  ///
  /// nil means that the gradient is zero; entries whose `needs` is false are not looked at and best left nil.
  func pullback(_ p: Pullback) -> [Tensor?]
}
