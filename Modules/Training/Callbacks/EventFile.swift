internal import Glibc
internal import TensorCore

/// An event file of TensorBoard: records of TensorFlow's `Event` messages. Written by hand: of the messages only the fields
/// that scalars need.
///
/// A record (TFRecord): the count of bytes as 64 bits, a sum of these 8 bytes, the bytes, a sum of the bytes.
final class EventFile {
  private let file: LogFile
  private let table: [UInt32]

  /// Makes the folder and, in it, a file of a name that TensorBoard finds.
  init(inFolder folder: String) throws(CoreError) {
    table = Self.table()
    let (now, host) = (Self.now(), Self.hostName())
    let unique = String(UInt32.random(in: .min ... .max), radix: 36)
    file = try LogFile("\(folder)/events.out.tfevents.\(Int(now)).\(host).\(getpid()).\(unique).v2", appending: false)
    var event = ProtocolMessage()
    event.add(1, now)
    event.add(3, "brain.Event:2")
    try file.write(record(event.bytes))
  }

  /// Adds numbers by tag, at a step.
  func write(_ scalars: [(tag: String, value: Double)], step: Int) throws(CoreError) {
    guard !scalars.isEmpty else { return }
    var summary = ProtocolMessage()
    for (tag, number) in scalars {
      var value = ProtocolMessage()
      value.add(1, tag)
      value.add(2, Float(number))
      summary.add(1, value)
    }
    var event = ProtocolMessage()
    event.add(1, Self.now())
    event.add(2, step)
    event.add(5, summary)
    try file.write(record(event.bytes))
  }

  private func record(_ bytes: [UInt8]) -> [UInt8] {
    let count = ProtocolMessage.littleEndian(UInt64(bytes.count))
    return count + ProtocolMessage.littleEndian(sum(count)) + bytes + ProtocolMessage.littleEndian(sum(bytes))
  }

  /// CRC-32C, rotated and moved, so that the sum of bytes that hold sums is not special.
  private func sum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
    crc = ~crc
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }

  /// Of the reversed Castagnoli polynomial.
  private static func table() -> [UInt32] {
    (0..<256).map { (start: UInt32) in
      (0..<8).reduce(start) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// The bytes of a protocol buffer, field by field.
struct ProtocolMessage {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: Int, _ value: Double) {
    addKey(field, wire: 1)
    bytes += Self.littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    addKey(field, wire: 5)
    bytes += Self.littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Int) {
    addKey(field, wire: 0)
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  mutating func add(_ field: Int, _ value: ProtocolMessage) { add(field, value.bytes) }

  private mutating func add(_ field: Int, _ content: [UInt8]) {
    addKey(field, wire: 2)
    addVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func addKey(_ field: Int, wire: Int) { addVarint(UInt64(field << 3 | wire)) }

  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
