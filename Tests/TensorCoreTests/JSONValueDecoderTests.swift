import TensorCore
import Testing

@Suite struct JSONValueDecoderTests {
  private let keras = JSONValueDecoder(keyStrategy: .snakeCase)

  struct Config: Codable, Equatable {
    enum Padding: String, Codable, CaseIterable { case valid, same }

    var kernelSize = 3
    var rate = 0.5
    var scale: Float = 1
    var padding = Padding.valid
    var useBias = true
    var seed: Int? = 4
  }

  struct Entry: Codable, Equatable {
    var className: String
    var config: Config
  }

  struct Model: Codable, Equatable {
    var layers: [Entry]
  }

  private static func model(_ config: String) -> String {
    #"{"layers": [{"class_name": "Conv", "config": \#(config)}]}"#
  }

  private static let good =
    #"{"kernel_size": 5.0, "rate": 1, "scale": 2, "padding": "same", "use_bias": false, "seed": null, "extra": 1}"#

  private func message<T: Decodable>(_ type: T.Type, _ text: String) throws -> String {
    let value = try JSON(parsing: text)
    do throws(CoreError) {
      return "decoded \(try keras.decode(type, from: value))"
    } catch {
      return error.code == .invalidConfig ? error.description : "wrong code \(error.code)"
    }
  }

  @Test func decodesWithKerasKeysAndEitherKindOfNumber() throws {
    let decoded = try keras.decode(Model.self, from: JSON(parsing: Self.model(Self.good)))
    let config = Config(kernelSize: 5, rate: 1, scale: 2, padding: .same, useBias: false, seed: nil)
    #expect(decoded == Model(layers: [Entry(className: "Conv", config: config)]))
    #expect(
      try keras.decode(Model.self, from: JSONValueEncoder(keyStrategy: .snakeCase).encode(decoded)) == decoded)
  }

  @Test(arguments: [
    (#""kernel_size": 5.0"#, #""kernel_size": "a""#, #"kernel_size: expected an integer, found "a""#),
    (#""kernel_size": 5.0"#, #""kernel_size": 2.5"#, "kernel_size: expected an integer, found 2.5"),
    (#""kernel_size": 5.0"#, #""kernel_size": null"#, "kernel_size: expected an integer, found null"),
    (#""kernel_size": 5.0"#, #""kernel_size": [1, 2]"#, "kernel_size: expected an integer, found an array of 2"),
    (#""kernel_size": 5.0"#, #""kernel_size": true"#, "kernel_size: expected an integer, found true"),
    (#""rate": 1"#, #""rate": {"a": 1}"#, #"rate: expected a number, found an object with key "a""#),
    (#""scale": 2"#, #""scale": 1e39"#, "scale: expected a number within the range of float32, found 1e+39"),
    (#""padding": "same""#, #""padding": "sam""#, #"padding: expected one of "valid", "same", found "sam""#),
    (#""padding": "same""#, #""padding": 1"#, "padding: expected a string, found 1"),
    (#""use_bias": false"#, #""use_bias": 0"#, "use_bias: expected true or false, found 0"),
  ])
  func namesKeyPathExpectedAndFound(part: String, replacement: String, expected: String) throws {
    var pieces = Self.good.split(separator: ", ").map(String.init)
    let position = try #require(pieces.firstIndex { $0 == part || $0 == "{" + part })
    pieces[position] = (pieces[position].hasPrefix("{") ? "{" : "") + replacement
    let text = Self.model(pieces.joined(separator: ", "))
    #expect(try message(Model.self, text) == "layers.0.config." + expected)
  }

  @Test func namesTheMissingKeyAndThePresentOnes() throws {
    #expect(
      try message(Model.self, #"{"layers": [{"class_name": "Conv", "name": "c"}]}"#)
        == #"layers.0: expected key "config", found keys "class_name", "name""#)
    #expect(try message(Model.self, "{}") == #"expected key "layers", found no keys"#)
    #expect(try message(Model.self, "[]") == "expected an object, found an empty array")
    #expect(try message([Int].self, "3") == "expected an array, found 3")
    #expect(try message(UInt8.self, "256") == "expected an integer from 0 to 255, found 256")
    #expect(try message(Int64.self, "1e300") == "expected an integer, found 1e+300")
    let many = "{" + (0..<20).map { #""k\#($0)": 1"# }.joined(separator: ",") + "}"
    #expect(try message(Model.self, many).hasSuffix(#""k7", ... (20 in all)"#))
  }

  @Test func longValuesAreShortenedInMessages() throws {
    let text = try message(Int.self, "\"" + String(repeating: "x", count: 1000) + "\"")
    #expect(text == "expected an integer, found \"" + String(repeating: "x", count: 40) + "...\"")
  }

  @Test func acceptsPythonsSpecialNumbers() throws {
    #expect(try keras.decode(Double.self, from: .number(-.infinity)) == -.infinity)
    #expect(try keras.decode(Float.self, from: .number(.infinity)) == .infinity)
    #expect(try keras.decode(Float.self, from: .number(.nan)).isNaN)
  }

  @Test func passesJSONAsItIs() throws {
    struct Holder: Codable, Equatable {
      var anyValue: JSON
      var restOfConfig: JSONObject
      var missing: JSON?
      var list: [JSON]
    }
    let value = try JSON(
      parsing: #"{"any_value": null, "rest_of_config": {"someKey_x": [1, 1.0]}, "list": [null, {"aB": 1}]}"#)
    let holder = try keras.decode(Holder.self, from: value)
    #expect(holder == Holder(anyValue: nil, restOfConfig: ["someKey_x": [1, 1.0]], list: [nil, ["aB": 1]]))
    #expect(try keras.decode(JSON.self, from: value) == value)
    #expect(try keras.decode(JSONObject.self, from: value) == value.objectValue)
    #expect(throws: CoreError.self) { try keras.decode(JSONObject.self, from: [1]) }
  }

  enum Shape: Codable, Equatable {
    case circle(outerRadius: Double)
    case fixedSize(Int, Int)
  }

  @Test func synthesizedEnumerationsReadBackTheSame() throws {
    let shapes = [Shape.circle(outerRadius: 2), .fixedSize(1, 2)]
    let encoded = try JSONValueEncoder(keyStrategy: .snakeCase).encode(shapes)
    #expect(encoded[0] == ["circle": ["outer_radius": 2.0]])
    #expect(encoded[1]?["fixed_size"] != nil)
    #expect(try keras.decode([Shape].self, from: encoded) == shapes)
  }

  /// Reads through every kind of nested container.
  struct Nested: Decodable {
    enum CodingKeys: CodingKey { case firstPart, list, parent, value, absent }
    var found: [String] = []

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      found.append(container.allKeys.map(\.stringValue).joined(separator: ","))
      let first = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .firstPart)
      found.append("\(try first.decode(Int.self, forKey: .value))")
      found.append("\(try first.decodeIfPresent(Int.self, forKey: .absent) ?? -1)")
      var list = try container.nestedUnkeyedContainer(forKey: .list)
      found.append("\(try list.decode(Int.self)) of \(list.count ?? -1)")
      found.append("\(try list.decodeNil()) \(try list.decodeNil())")
      #expect(throws: DecodingError.self) { try list.decode(Int.self) }
      #expect(list.currentIndex == 2)
      var inner = try list.nestedUnkeyedContainer()
      found.append(try inner.decode(String.self))
      found.append("\(inner.isAtEnd)")
      #expect(throws: DecodingError.self) { try inner.decode(String.self) }
      found.append("\(try list.nestedContainer(keyedBy: CodingKeys.self).decode(Bool.self, forKey: .firstPart))")
      found.append(try String(from: list.superDecoder()))
      found.append("\(try Int(from: container.superDecoder()))")
      found.append("\(try [String: Int](from: container.superDecoder(forKey: .parent)))")
      #expect(try container.superDecoder(forKey: .absent).singleValueContainer().decodeNil())
    }
  }

  @Test func decodesThroughNestedContainers() throws {
    let value: JSON = [
      "super": 7, "parent": ["kK": 8], "first_part": ["value": 1], "list": [1, nil, ["a"], ["first_part": true], "b"],
      "unknown_key": 0,
    ]
    #expect(
      try keras.decode(Nested.self, from: value).found == [
        "parent,firstPart,list", "1", "-1", "1 of 5", "true false", "a", "true", "true", "b", "7", #"["kK": 8]"#,
      ])
  }

  @Test func errorsOfTypesKeepTheirCodeAndGainThePath() throws {
    struct Picky: Decodable {
      init(from decoder: any Decoder) throws {
        throw CoreError(.unknownName, "found no such activation", path: ["model"])
      }
    }
    let error = #expect(throws: CoreError.self) { try keras.decode([String: [Picky]].self, from: ["aB": [1]]) }
    #expect(error?.code == .unknownName)
    #expect(error?.message == "aB.0: found no such activation")
    #expect(error?.path == ["model"])
  }

  @Test func alternativesCanBeTried() throws {
    struct IntOrPair: Decodable, Equatable {
      var values: [Int]
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do { values = [try container.decode(Int.self)] } catch DecodingError.typeMismatch {
          values = try container.decode([Int].self)
        }
      }
    }
    #expect(try keras.decode([IntOrPair].self, from: [1, [2, 3]]).map(\.values) == [[1], [2, 3]])
    #expect(try message([IntOrPair].self, #"["a"]"#) == #"0: expected an array, found "a""#)
  }

  // MARK: Over a template

  @Test func missingKeysComeFromTheTemplate() throws {
    let template = Config()
    let (value, unknown) = try keras.decode(
      Config.self, from: ["trainable": true, "kernel_size": 7, "seed": nil, "dtype": "float32"], over: template)
    #expect(value == Config(kernelSize: 7, seed: nil))
    #expect(unknown == ["trainable", "dtype"])
    #expect(try keras.decode(Config.self, from: [:], over: template) == (template, []))
  }

  @Test func optionalPropertiesOfTheTemplateAreKnownKeys() throws {
    let (value, unknown) = try keras.decode(Config.self, from: ["seed": 3], over: Config(seed: nil))
    #expect(value.seed == 3)
    #expect(unknown.isEmpty)
  }

  @Test func mistakesInAConfigNameTheKey() {
    let error = #expect(throws: CoreError.self) {
      try keras.decode(Config.self, from: ["rate": "high"], over: Config())
    }
    #expect(error?.message == #"rate: expected a number, found "high""#)
    #expect(throws: CoreError.self) { try keras.decode([Int].self, from: ["a": 1], over: [1]) }
  }
}
