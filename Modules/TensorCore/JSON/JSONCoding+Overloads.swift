// The standard library's defaults for these methods are not what JSON values need: `encodeIfPresent` leaves keys out, and
// 128-bit integers are refused. The defaults win over the generic methods of the containers, so each is spelled out.

extension JSONKeyedEncoding {
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }
  func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try writeOrNull(value, forKey: key) }

  func encode(_ value: Int128, forKey key: Key) throws { try write(value, forKey: key) }
  func encode(_ value: UInt128, forKey key: Key) throws { try write(value, forKey: key) }
}

extension JSONUnkeyedEncoding {
  func encode(_ value: Int128) { encoding.node.append(.value(value.json)) }
  func encode(_ value: UInt128) { encoding.node.append(.value(value.json)) }
}

extension JSONEncoding {
  func encode(_ value: Int128) { node.set(.value(value.json)) }
  func encode(_ value: UInt128) { node.set(.value(value.json)) }
}

extension JSONKeyedDecoding {
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try below(key).read(type) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try below(key).read(type) }
}

extension JSONUnkeyedDecoding {
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try next(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next(type) }
}

extension JSONDecoding {
  func decode(_ type: Int128.Type) throws -> Int128 { try read(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try read(type) }
}
