public import TensorCore

extension Normalization: AdaptableLayer {
  /// The recipe with the mean and variance of data, over all axes but `axis`, in the precision of float64.
  ///
  /// - Parameter next: gives a batch, `[samples, ...]` of numbers, until there are no more: nil.
  /// - Throws: `invalidData` where there is none or the batches do not fit each other, `invalidConfig` where an axis is
  ///   none of theirs, or what `next` throws.
  public func adapted(batches next: () throws -> Tensor?) throws(CoreError) -> Normalization {
    var total: (mean: Tensor, variance: Tensor)?
    var shape: [Int] = []
    var count = 0
    while let batch = try nextBatch(next) {
      let x = batch.cast(to: .float64)
      let kept = try keptAxes(in: x.shape)
      let keptShape = kept.map { x.shape[$0] }
      guard total == nil || keptShape == shape else {
        throw CoreError(
          .invalidData, "Normalization: found a batch with \(keptShape) along axes \(kept), expected \(shape)")
      }
      let reduced = (0..<x.rank).filter { !kept.contains($0) }
      let own = (mean: x.mean(axes: reduced), variance: x.variance(axes: reduced))
      let ownCount = reduced.reduce(1) { $0 * x.shape[$1] }
      (count, shape) = (count + ownCount, keptShape)
      guard let known = total else {
        total = own
        continue
      }
      // The variance is that of the batches and that of their means (lack-of-fit sum of squares).
      let share = Double(ownCount) / Double(count)
      let mean = known.mean * (1 - share) + own.mean * share
      let knownPart = (known.variance + (known.mean - mean).square()) * (1 - share)
      total = (mean, knownPart + (own.variance + (own.mean - mean).square()) * share)
    }
    guard let total, count > 0 else {
      throw CoreError(.invalidData, "Normalization: found no data to adapt to, expected at least one batch")
    }
    var result = self
    result.mean = NestedNumbers(total.mean.roundedToFloat32, shape: shape)
    result.variance = NestedNumbers(total.variance.roundedToFloat32, shape: shape)
    return result
  }
}

extension Tensor {
  /// The numbers as float32 has them, which is what Keras keeps.
  fileprivate var roundedToFloat32: [Double] { cast(to: .float32).scalars(of: Float.self).map(Double.init) }
}
