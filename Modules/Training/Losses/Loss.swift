public import Layers
public import TensorCore

/// A loss: what training makes small. A value whose stored properties are the Keras config.
///
/// `prepare` brings targets into the form that `values` wants and says what is wrong with them; `values` is made of
/// tensor operations, so its gradient is found by the tape.
public protocol Loss: Codable, Sendable {
  /// Keras's class name: `"MeanSquaredError"`.
  static var kind: String { get }

  /// Keras's names of the function: the one that files are written with first, then its aliases.
  static var names: [String] { get }

  /// Supplies the values of the keys that a config lacks. Its properties are Keras's defaults.
  static var template: Self { get }

  /// How the values of the samples become one number.
  var reduction: LossReduction { get set }

  /// The targets as `values` takes them for predictions of this spec: reshaped, cast, checked.
  ///
  /// Throws `shapeMismatch` or `invalidData`, naming what was found where. Only the first axis of the prediction may
  /// differ from that of the targets.
  func prepare(_ targets: Tensor, for prediction: TensorSpec) throws(CoreError) -> Tensor

  /// The loss of each sample.
  ///
  /// - Parameters:
  ///   - targets: made by `prepare`.
  ///   - predictions: `[batch, ..., classes or values]`
  ///   - logits: what the predictions came from, where they are the very output of a softmax or sigmoid.
  /// - Returns: `[batch, ...]`, the last axis of the predictions reduced.
  func values(_ targets: Tensor, _ predictions: Tensor, logits: CallContext.Logits?) -> LossValues

  /// Throws `invalidConfig` where a setting makes no sense.
  func validate() throws(CoreError)
}

extension Loss {
  public func validate() throws(CoreError) {}

  /// The loss of a batch: a tensor of shape `[]`.
  ///
  /// - Parameters:
  ///   - targets: as `prepare` returned them.
  ///   - predictions: the model's output.
  ///   - weights: multiply the samples' values; of their shape, or of a shape that its leading axes begin with.
  ///   - logits: what the predictions were made from, where that is known.
  ///   - mask: bool, `[batch, ...]`: the samples or steps that count; nil: all.
  public func callAsFunction(
    _ targets: Tensor, _ predictions: Tensor, weights: Tensor? = nil, logits: CallContext.Logits? = nil,
    mask: Tensor? = nil
  ) -> Tensor {
    reduction.reduce(values(targets, predictions, logits: logits).masked(by: mask), weights: weights)
  }
}

/// The loss of each sample, before reduction.
public struct LossValues: Sendable {
  /// `[batch, ...]`
  public var values: Tensor
  /// 1 where a value counts and 0 where not, of the values' spec; nil where all count.
  public var mask: Tensor?

  public init(_ values: Tensor, mask: Tensor? = nil) { (self.values, self.mask) = (values, mask) }

  /// With those left out, too, that a mask of leading axes leaves out.
  func masked(by other: Tensor?) -> LossValues {
    guard let other, other.rank <= values.rank else { return self }
    let counts = LossReduction.aligned(other.cast(to: values.dtype), with: values).broadcast(to: values.shape)
    return LossValues(values, mask: mask.map { $0 * counts } ?? counts)
  }
}
