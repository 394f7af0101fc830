/// How often a callback saves: Keras's `save_freq`, `update_freq`.
public enum SaveFrequency: Hashable, Sendable {
  /// At the end of every epoch.
  case epoch
  /// After every so many batches, counted on over epochs.
  case batches(Int)
}

/// Counts batches to the next that is to be saved.
struct BatchCountdown {
  let frequency: SaveFrequency
  private var count = 0

  init(_ frequency: SaveFrequency) { self.frequency = frequency }

  /// Whether it is this batch's turn.
  mutating func counts() -> Bool {
    guard case .batches(let wanted) = frequency else { return false }
    count += 1
    guard count >= wanted else { return false }
    count = 0
    return true
  }
}
