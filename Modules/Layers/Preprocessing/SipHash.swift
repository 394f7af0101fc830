/// SipHash-2-4 (Aumasson and Bernstein 2012): a hash that only who knows the key can predict.
struct SipHash {
  private var v: (UInt64, UInt64, UInt64, UInt64)

  /// The hash of bytes under a key of two numbers.
  static func hash(_ bytes: [UInt8], key: (UInt64, UInt64)) -> UInt64 {
    var state = SipHash(key)
    for start in stride(from: 0, to: bytes.count - bytes.count % 8, by: 8) {
      state.take(word(bytes[start..<start + 8]))
    }
    state.take(word(bytes.suffix(bytes.count % 8)) | UInt64(truncatingIfNeeded: bytes.count) << 56)
    state.v.2 ^= 0xff
    for _ in 0..<4 { state.round() }
    return state.v.0 ^ state.v.1 ^ state.v.2 ^ state.v.3
  }

  private init(_ key: (UInt64, UInt64)) {
    v = (
      key.0 ^ 0x736f_6d65_7073_6575, key.1 ^ 0x646f_7261_6e64_6f6d, key.0 ^ 0x6c79_6765_6e65_7261,
      key.1 ^ 0x7465_6462_7974_6573
    )
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func take(_ word: UInt64) {
    v.3 ^= word
    round()
    round()
    v.0 ^= word
  }

  private mutating func round() {
    func rotated(_ x: UInt64, _ count: UInt64) -> UInt64 { x << count | x >> (64 - count) }
    v.0 = v.0 &+ v.1
    v.2 = v.2 &+ v.3
    v.1 = rotated(v.1, 13) ^ v.0
    v.3 = rotated(v.3, 16) ^ v.2
    v.0 = rotated(v.0, 32)
    v.2 = v.2 &+ v.1
    v.0 = v.0 &+ v.3
    v.1 = rotated(v.1, 17) ^ v.2
    v.3 = rotated(v.3, 21) ^ v.0
    v.2 = rotated(v.2, 32)
  }
}
