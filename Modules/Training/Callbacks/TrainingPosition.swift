/// How far a call of `fit` has come: where another one goes on that is given the same data.
struct TrainingPosition {
  /// Of the next batch, from 0.
  var epoch: Int
  /// Batches of this epoch that are behind.
  var step = 0
  /// The number that makes the epoch's order.
  var order: Int
  /// What the meters have seen of this epoch; nil before its first batch.
  var state: MeterState?
}
