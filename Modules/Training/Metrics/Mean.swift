public import TensorCore

/// The mean of values that come batch by batch, by weights if there are some: what a training loop of one's own keeps of
/// its losses. Keras: `metrics.Mean`, which like this one takes no targets and so is not for `TrainingConfig`.
public struct Mean: Sendable {
  private var total = 0.0
  private var count = 0.0

  public init() {}

  /// Adds a batch. Values of more axes than the weights, or than one, are averaged over the others first.
  ///
  /// - Parameters:
  ///   - values: `[batch, ...]` or one number, of any dtype.
  ///   - weights: of the shape that `values` begins with; nil: all count alike.
  public mutating func update(_ values: Tensor, weights: Tensor? = nil) {
    let values = SamplewiseValues(values, weights: weights) { $0.mean(axes: $1) }
    total += values.values.sum().double
    count += values.weights?.sum().double ?? Double(values.values.elementCount)
  }

  /// 0 before the first batch.
  public var result: Double { count == 0 ? 0 : total / count }

  public mutating func reset() { self = Mean() }
}
