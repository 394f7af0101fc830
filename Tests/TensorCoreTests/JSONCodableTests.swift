import Foundation
import TensorCore
import Testing

/// `JSON` through coders that know nothing of it; Foundation's stand for all others.
@Suite struct JSONCodableTests {
  private let value: JSON = [
    "null": nil, "bool": true, "integer": -3, "number": 0.5, "text": "a\u{1F600}", "list": [1, [], "b", nil],
    "object": ["inner": [:]],
  ]

  @Test func readsBackTheSameThroughOtherCoders() throws {
    let data = try JSONEncoder().encode(value)
    #expect(try JSONDecoder().decode(JSON.self, from: data) == value)
    #expect(
      try JSONDecoder().decode(JSONObject.self, from: JSONEncoder().encode(value.objectValue)) == value.objectValue)
  }

  @Test func agreesWithOtherCodersOnTheText() throws {
    #expect(try JSON(parsing: JSONEncoder().encode(value)) == value)
    #expect(try JSONDecoder().decode(JSON.self, from: Data(value.serialized().utf8)) == value)
  }

  @Test func onlyObjectsBecomeObjects() {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(JSONObject.self, from: Data("[1]".utf8)) }
  }
}
