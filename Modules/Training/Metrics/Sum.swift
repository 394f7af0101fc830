public import TensorCore

/// The sum of values that come batch by batch, by weights if there are some. Keras: `metrics.Sum`, which like this one takes
/// no targets and so is not for `TrainingConfig`.
public struct Sum: Sendable {
  public private(set) var result = 0.0

  public init() {}

  /// Adds a batch.
  ///
  /// - Parameters:
  ///   - values: `[batch, ...]` or one number, of any dtype.
  ///   - weights: of the shape that `values` begins with; nil: all count 1.
  public mutating func update(_ values: Tensor, weights: Tensor? = nil) {
    result += SamplewiseValues(values, weights: weights) { $0.sum(axes: $1) }.values.sum().double
  }

  public mutating func reset() { self = Sum() }
}

/// Keras's `reduce_to_samplewise_values`.
struct SamplewiseValues {
  /// One per sample, weighted.
  let values: Tensor
  /// One per sample.
  let weights: Tensor?

  /// - Parameters:
  ///   - values: `[batch, ...]`
  ///   - weights: of the shape that `values` begins with.
  ///   - reduce: takes axes away.
  init(_ values: Tensor, weights: Tensor?, reduce: (Tensor, [Int]) -> Tensor) {
    var (values, weights) = (values.cast(to: .float64), weights?.cast(to: .float64))
    let first = weights.map { Swift.max($0.rank, 1) } ?? 1
    if let given = weights {
      if values.rank > first { values = reduce(values, Array(first..<values.rank)) }
      let all = given.broadcast(to: values.shape)
      values = values * all
      weights = first > 1 ? reduce(all, Array(1..<first)) : all
    }
    if values.rank > 1 { values = reduce(values, Array(1..<values.rank)) }
    (self.values, self.weights) = (values, weights)
  }
}
