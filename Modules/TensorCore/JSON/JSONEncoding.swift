/// The encoder of one place in the tree; also its container for a single value.
struct JSONEncoding: Encoder, SingleValueEncodingContainer {
  let coder: JSONValueEncoder
  let node: JSONNode
  let codingPath: [any CodingKey]

  var userInfo: [CodingUserInfoKey: Any] { coder.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.makeObject()
    return KeyedEncodingContainer(JSONKeyedEncoding(encoding: self, keyStrategy: coder.keyStrategy.applied(to: type)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.makeArray()
    return JSONUnkeyedEncoding(encoding: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    self
  }

  func encodeNil() {
    node.set(.value(.null))
  }

  func encode<T: Encodable>(_ value: T) throws {
    node.set(try slot(for: value, at: codingPath))
  }

  /// What stands for a value at a path.
  func slot<T: Encodable>(for value: T, at path: [any CodingKey]) throws -> JSONNode.Slot {
    if let value = value as? any JSONConvertible { return .value(value.json) }
    let node = JSONNode()
    if value is any JSONDictionary { node.sortKeys() }
    try value.encode(to: JSONEncoding(coder: coder, node: node, codingPath: path))
    return .node(node)
  }

  /// The encoder of a place below this one.
  func below(_ node: JSONNode, _ key: JSONPathKey) -> JSONEncoding {
    JSONEncoding(coder: coder, node: node, codingPath: codingPath + [key])
  }
}

struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoding: JSONEncoding
  let keyStrategy: JSONKeyStrategy

  var codingPath: [any CodingKey] { encoding.codingPath }

  func encodeNil(forKey key: Key) {
    encoding.node.set(.value(.null), forKey: keyStrategy.jsonKey(key.stringValue))
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try write(value, forKey: key)
  }

  func write<T: Encodable>(_ value: T, forKey key: Key) throws {
    let name = keyStrategy.jsonKey(key.stringValue)
    let slot = try encoding.slot(for: value, at: codingPath + [JSONPathKey(stringValue: name)])
    encoding.node.set(slot, forKey: name)
  }

  /// What `encodeIfPresent` does here: unlike the protocol's default, which leaves the key out, it writes `null`.
  func writeOrNull<T: Encodable>(_ value: T?, forKey key: Key) throws {
    if let value { try write(value, forKey: key) } else { encodeNil(forKey: key) }
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    below(key.stringValue).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    below(key.stringValue).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    below(JSONPathKey.parent.stringValue)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    below(key.stringValue)
  }

  private func below(_ key: String) -> JSONEncoding {
    let name = keyStrategy.jsonKey(key)
    return encoding.below(encoding.node.child(forKey: name), JSONPathKey(stringValue: name))
  }
}

struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let encoding: JSONEncoding

  var codingPath: [any CodingKey] { encoding.codingPath }
  var count: Int { encoding.node.count }

  func encodeNil() {
    encoding.node.append(.value(.null))
  }

  func encode<T: Encodable>(_ value: T) throws {
    encoding.node.append(try encoding.slot(for: value, at: codingPath + [JSONPathKey(intValue: count)]))
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    below().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    below().unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    below()
  }

  private func below() -> JSONEncoding {
    let key = JSONPathKey(intValue: count)
    return encoding.below(encoding.node.appendChild(), key)
  }
}
