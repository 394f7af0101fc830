/// FarmHash's 64-bit fingerprint of bytes (farmhashna::Hash64, Geoff Pike, 2014), which is TensorFlow's `Fingerprint64`:
/// the same on every machine for ever.
enum FarmHash {
  private static let k0: UInt64 = 0xc3a5_c85c_97cb_3127
  private static let k1: UInt64 = 0xb492_b66f_be98_f273
  private static let k2: UInt64 = 0x9ae1_6a3b_2f90_404f

  static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { buffer in
      let text = Text(bytes: buffer)
      switch bytes.count {
      case 0...16: return short(text)
      case 17...32: return middle(text)
      case 33...64: return long(text)
      default: return any(text)
      }
    }
  }

  /// TensorFlow's `FingerprintCat64`: one fingerprint of two.
  static func combined(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let factor: UInt64 = 0xc6a4_a793_5bd1_e995
    var result = first ^ factor
    result ^= mixed(second &* factor) &* factor
    result = result &* factor
    result = mixed(result) &* factor
    return mixed(result)
  }

  /// Bytes that are read as little-endian numbers.
  private struct Text {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count }

    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func half(_ offset: Int) -> UInt64 {
      UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
  }

  private static func rotated(_ x: UInt64, _ count: UInt64) -> UInt64 { x >> count | x << (64 - count) }

  private static func mixed(_ x: UInt64) -> UInt64 { x ^ x >> 47 }

  private static func joined(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
    let a = mixed((u ^ v) &* factor)
    return mixed((v ^ a) &* factor) &* factor
  }

  private static func short(_ s: Text) -> UInt64 {
    let count = UInt64(s.count)
    let factor = k2 &+ count &* 2
    if s.count >= 8 {
      let a = s.word(0) &+ k2
      let b = s.word(s.count - 8)
      return joined(rotated(b, 37) &* factor &+ a, (rotated(a, 25) &+ b) &* factor, factor)
    }
    if s.count >= 4 { return joined(count &+ s.half(0) << 3, s.half(s.count - 4), factor) }
    guard s.count > 0 else { return k2 }
    let y = UInt64(s.bytes[0]) &+ UInt64(s.bytes[s.count / 2]) << 8
    let z = count &+ UInt64(s.bytes[s.count - 1]) << 2
    return mixed(y &* k2 ^ z &* k0) &* k2
  }

  private static func middle(_ s: Text) -> UInt64 {
    let factor = k2 &+ UInt64(s.count) &* 2
    let a = s.word(0) &* k1
    let b = s.word(8)
    let c = s.word(s.count - 8) &* factor
    let d = s.word(s.count - 16) &* k2
    return joined(rotated(a &+ b, 43) &+ rotated(c, 30) &+ d, a &+ rotated(b &+ k2, 18) &+ c, factor)
  }

  private static func long(_ s: Text) -> UInt64 {
    let factor = k2 &+ UInt64(s.count) &* 2
    let a = s.word(0) &* k2
    let b = s.word(8)
    let c = s.word(s.count - 8) &* factor
    let d = s.word(s.count - 16) &* k2
    let y = rotated(a &+ b, 43) &+ rotated(c, 30) &+ d
    let z = joined(y, a &+ rotated(b &+ k2, 18) &+ c, factor)
    let e = s.word(16) &* factor
    let f = s.word(24)
    let g = (y &+ s.word(s.count - 32)) &* factor
    let h = (z &+ s.word(s.count - 24)) &* factor
    return joined(rotated(e &+ f, 43) &+ rotated(g, 30) &+ h, e &+ rotated(f &+ a, 18) &+ g, factor)
  }

  private typealias Pair = (first: UInt64, second: UInt64)

  private static func weak(_ s: Text, _ offset: Int, _ a: UInt64, _ b: UInt64) -> Pair {
    let (w, z) = (s.word(offset), s.word(offset + 24))
    let c = a &+ w
    let d = rotated(b &+ c &+ z, 21)
    let e = c &+ s.word(offset + 8) &+ s.word(offset + 16)
    return (e &+ z, d &+ rotated(e, 44) &+ c)
  }

  /// In blocks of 64 bytes, the last of which overlaps the one before it.
  private static func any(_ s: Text) -> UInt64 {
    var y: UInt64 = 81 &* k1 &+ 113
    var z = mixed(y &* k2 &+ 113) &* k2
    var v: Pair = (0, 0)
    var w: Pair = (0, 0)
    var x = 81 &* k2 &+ s.word(0)
    func block(_ offset: Int, _ factor: UInt64, _ weight: UInt64) {
      x = rotated(x &+ y &+ v.first &+ s.word(offset + 8), 37) &* factor
      y = rotated(y &+ v.second &+ s.word(offset + 48), 42) &* factor
      x ^= w.second &* weight
      y = y &+ v.first &* weight &+ s.word(offset + 40)
      z = rotated(z &+ w.first, 33) &* factor
      v = weak(s, offset, v.second &* factor, x &+ w.first)
      w = weak(s, offset + 32, z &+ w.second, y &+ s.word(offset + 16))
      (x, z) = (z, x)
    }
    for offset in stride(from: 0, to: (s.count - 1) / 64 * 64, by: 64) { block(offset, k1, 1) }
    let factor = k1 &+ (z & 0xff) << 1
    w.first = w.first &+ UInt64((s.count - 1) & 63)
    v.first = v.first &+ w.first
    w.first = w.first &+ v.first
    block(s.count - 64, factor, 9)
    return joined(
      joined(v.first, w.first, factor) &+ mixed(y) &* k0 &+ z, joined(v.second, w.second, factor) &+ x, factor)
  }
}
