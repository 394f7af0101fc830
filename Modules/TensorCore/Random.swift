/// A key from which random numbers are computed, not drawn: the same key gives the same numbers, whatever ran before,
/// on any number of threads. `split` and `folding` make independent keys (counter-based, after Salmon et al. 2011).
///
/// The key's base is a tensor, so that a captured graph can take a fresh one on every run; what is folded in is fixed.
public struct RandomKey: Sendable {
  /// int64 `[2]`
  public var base: Tensor
  public var stream: UInt64

  public init(base: Tensor, stream: UInt64 = 0) {
    CoreError.require(
      base.spec == TensorSpec([2], .int64), .dtypeMismatch, "a random key's base is int64[2], found \(base.spec)")
    self.base = base
    self.stream = stream
  }

  public init(seed: UInt64) {
    let high = RandomKey.mixed(seed ^ 0x9E37_79B9_7F4A_7C15)
    self.init(base: Tensor([Int64(bitPattern: RandomKey.mixed(seed)), Int64(bitPattern: high)], [2]))
  }

  /// The key of one step of many. Only its base depends on the step, so that a step that was captured once can take the
  /// base of another.
  package init(seed: UInt64, step: Int) {
    let words = RandomKey.words(seed: seed, step: step)
    self.init(base: Tensor([words.0, words.1], [2]))
  }

  /// The base of a step's key.
  package static func words(seed: UInt64, step: Int) -> (Int64, Int64) {
    let low = mixed(seed &+ mixed(UInt64(truncatingIfNeeded: step) &+ 0x632B_E59B_D9B4_E019))
    return (Int64(bitPattern: low), Int64(bitPattern: mixed(low ^ 0x9E37_79B9_7F4A_7C15)))
  }

  /// The key for a numbered purpose: a weight's slot, a step, a layer.
  public func folding(_ number: UInt64) -> RandomKey {
    var key = self
    key.stream = RandomKey.mixed(stream &+ RandomKey.mixed(number &+ 0x632B_E59B_D9B4_E019))
    return key
  }

  public func folding(_ number: Int) -> RandomKey { folding(UInt64(truncatingIfNeeded: number)) }

  /// A fresh key; this one moves on, so that the next split gives another.
  public mutating func split() -> RandomKey {
    let child = folding(0x5851_F42D_4C95_7F2D)
    self = folding(0x1405_7B7E_F767_814F)
    return child
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
