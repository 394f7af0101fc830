/// The decoder of one place in the tree; also its container for a single value.
struct JSONDecoding: Decoder, SingleValueDecodingContainer {
  let coder: JSONValueDecoder
  let value: JSON
  let codingPath: [any CodingKey]

  var userInfo: [CodingUserInfoKey: Any] { coder.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = value.objectValue else { throw mismatch(JSONObject.self, expected: JSONObject.expectation) }
    return KeyedDecodingContainer(
      JSONKeyedDecoding(decoding: self, members: members, keyStrategy: coder.keyStrategy.applied(to: type)))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.arrayValue else { throw mismatch([JSON].self, expected: "an array") }
    return JSONUnkeyedDecoding(decoding: self, elements: elements)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    self
  }

  func decodeNil() -> Bool {
    value.isNull
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try read(type)
  }

  func read<T: Decodable>(_ type: T.Type) throws -> T {
    if let convertible = type as? any JSONConvertible.Type {
      guard let decoded = convertible.init(json: value) as? T else {
        throw mismatch(type, expected: convertible.expectation)
      }
      return decoded
    }
    do {
      return try T(from: self)
    } catch let error as DecodingError {
      throw withChoices(of: type, error)
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: codingPath, debugDescription: "could not be decoded", underlyingError: error))
    }
  }

  /// The decoder of a place below this one.
  func below(_ value: JSON, _ key: JSONPathKey) -> JSONDecoding {
    JSONDecoding(coder: coder, value: value, codingPath: codingPath + [key])
  }

  func mismatch(_ type: any Any.Type, expected: String) -> DecodingError {
    DecodingError.typeMismatch(
      type,
      DecodingError.Context(
        codingPath: codingPath, debugDescription: "expected \(expected), found \(value.summary)"))
  }

  /// The error for an unknown raw value of an enumeration, made to list the known ones.
  private func withChoices<T>(of type: T.Type, _ error: DecodingError) -> DecodingError {
    guard case .dataCorrupted(let context) = error, context.codingPath.count == codingPath.count,
      let enumeration = type as? any (RawRepresentable & CaseIterable).Type
    else { return error }
    return mismatch(type, expected: Self.choices(of: enumeration))
  }

  private static func choices<T: RawRepresentable & CaseIterable>(of type: T.Type) -> String {
    let names = T.allCases.map { ($0.rawValue as? any JSONConvertible)?.json.serialized() ?? "\($0.rawValue)" }
    return (names.count > 1 ? "one of " : "") + names.joined(separator: ", ")
  }
}

struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoding: JSONDecoding
  let members: JSONObject
  let keyStrategy: JSONKeyStrategy

  var codingPath: [any CodingKey] { decoding.codingPath }

  var allKeys: [Key] {
    members.keys.compactMap { Key(stringValue: keyStrategy.codingKey($0)) ?? Key(stringValue: $0) }
  }

  func contains(_ key: Key) -> Bool {
    members.contains(key: keyStrategy.jsonKey(key.stringValue))
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    try below(key).decodeNil()
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try below(key).read(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try below(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try below(key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder {
    decoding.below(members[JSONPathKey.parent.stringValue] ?? .null, .parent)
  }

  func superDecoder(forKey key: Key) -> any Decoder {
    let name = keyStrategy.jsonKey(key.stringValue)
    return decoding.below(members[name] ?? .null, JSONPathKey(stringValue: name))
  }

  func below(_ key: Key) throws -> JSONDecoding {
    let name = keyStrategy.jsonKey(key.stringValue)
    guard let value = members[name] else {
      let message = "expected key \(JSON.string(name).summary), found \(members.keySummary)"
      throw DecodingError.keyNotFound(
        key, DecodingError.Context(codingPath: codingPath, debugDescription: message))
    }
    return decoding.below(value, JSONPathKey(stringValue: name))
  }
}

struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
  let decoding: JSONDecoding
  let elements: [JSON]
  private(set) var currentIndex = 0

  init(decoding: JSONDecoding, elements: [JSON]) {
    (self.decoding, self.elements) = (decoding, elements)
  }

  var codingPath: [any CodingKey] { decoding.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  /// Moves on only when there is a null to move over, as the protocol asks for.
  mutating func decodeNil() throws -> Bool {
    let isNil = try current(JSON.self).decodeNil()
    if isNil { currentIndex += 1 }
    return isNil
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try next(type)
  }

  mutating func next<T: Decodable>(_ type: T.Type) throws -> T {
    let decoded = try current(type).read(type)
    currentIndex += 1
    return decoded
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    let container = try current(JSONObject.self).container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try current([JSON].self).unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let decoder = try current(JSON.self)
    currentIndex += 1
    return decoder
  }

  /// The decoder of the next element.
  private func current(_ type: any Any.Type) throws -> JSONDecoding {
    guard !isAtEnd else {
      let message = "expected more than \(elements.count) elements, found the end of the array"
      throw DecodingError.valueNotFound(
        type, DecodingError.Context(codingPath: codingPath, debugDescription: message))
    }
    return decoding.below(elements[currentIndex], JSONPathKey(intValue: currentIndex))
  }
}
