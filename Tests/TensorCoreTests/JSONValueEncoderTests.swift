import TensorCore
import Testing

@Suite struct JSONValueEncoderTests {
  private let keras = JSONValueEncoder(keyStrategy: .snakeCase)

  struct Recipe: Codable, Equatable {
    enum Padding: String, Codable, CaseIterable { case valid, same }

    var units = 3
    var kernelSize = [3, 3]
    var padding = Padding.same
    var useBias = true
    var dropoutRate: Float = 0.1
    var beta1 = 0.9
    var l2 = 1e-7
    var kernelRegularizer: JSON?
    var seed: Int?
    var name: String?
    var flag: Bool?
    var momentum: Double?
    var epsilon: Float?
    var axes: [Int]?
    var nested: [String: Double]?
  }

  @Test func writesPropertiesInOrderUnderKerasKeysWithNullForNil() throws {
    #expect(
      try keras.encode(Recipe()).serialized()
        == #"{"units": 3, "kernel_size": [3, 3], "padding": "same", "use_bias": true, "dropout_rate": 0.1, "#
        + #""beta_1": 0.9, "l2": 1e-07, "kernel_regularizer": null, "seed": null, "name": null, "flag": null, "#
        + #""momentum": null, "epsilon": null, "axes": null, "nested": null}"#)
  }

  struct AllOptionals: Codable, Equatable {
    var int8: Int8?
    var int16: Int16?
    var int32: Int32?
    var int64: Int64?
    var int128: Int128?
    var uint: UInt?
    var uint8: UInt8?
    var uint16: UInt16?
    var uint32: UInt32?
    var uint64: UInt64?
    var uint128: UInt128?
    var float16: Float16?
  }

  @Test func writesNullForNilOfEveryNumericType() throws {
    let encoded = try JSONValueEncoder().encode(AllOptionals())
    #expect(encoded.objectValue?.count == 12)
    #expect(encoded.objectValue?.values.allSatisfy(\.isNull) == true)
    #expect(try JSONValueDecoder().decode(AllOptionals.self, from: encoded) == AllOptionals())
  }

  @Test func everyNumericTypeReadsBackTheSame() throws {
    let value = AllOptionals(
      int8: .min, int16: .max, int32: .min, int64: .min, int128: -5, uint: 7, uint8: .max, uint16: .max, uint32: .max,
      uint64: 1 << 40, uint128: 9, float16: 0.5)
    let encoded = try JSONValueEncoder().encode(value)
    #expect(encoded["int64"] == .integer(.min))
    #expect(try JSONValueDecoder().decode(AllOptionals.self, from: encoded) == value)
    #expect(try JSONValueEncoder().encode(UInt64.max) == .number(18_446_744_073_709_551_616))
  }

  @Test(
    arguments: [
      (0.001, "0.001"), (0.1, "0.1"), (1e-7, "1e-07"), (1, "1.0"), (16_777_216, "16777216.0"), (.infinity, "Infinity"),
      (-0.0, "-0.0"), (3.4028235e38, "3.4028235e+38"), (.leastNonzeroMagnitude, "1e-45"),
    ] as [(Float, String)])
  func writesFloatsWithTheirOwnDigits(value: Float, text: String) throws {
    let encoded = try keras.encode(value)
    #expect(encoded.serialized() == text)
    #expect(try JSONValueDecoder().decode(Float.self, from: encoded) == value)
  }

  struct Keys: Codable {
    var useGPUNow = 1
    var dataFormatNHWC = 2
    var beta2Decay = 3
    var l1RegularizationStrength = 4
    var l2 = 5
    var epsilon1 = 6
    var conv2d = 7
    var rmsprop10 = 8
    var x10 = 9
  }

  @Test func convertsKeysAsKerasSpellsThem() throws {
    let encoded = try keras.encode(Keys())
    #expect(
      encoded.objectValue?.keys == [
        "use_gpu_now", "data_format_nhwc", "beta_2_decay", "l1_regularization_strength", "l2", "epsilon_1", "conv2d",
        "rmsprop_10", "x10",
      ])
    let decoded = try JSONValueDecoder(keyStrategy: .snakeCase).decode(Keys.self, from: encoded)
    #expect(decoded.beta2Decay == 3)
    #expect(try JSONValueEncoder().encode(Keys()).objectValue?.keys.first == "useGPUNow")
  }

  @Test func keysWithAnUnderscoreStayAsTheyAre() throws {
    struct Spelled: Codable, Equatable {
      enum CodingKeys: String, CodingKey { case rate = "learning_rate2", name = "_Name" }
      var rate = 1
      var name = 2
    }
    let encoded = try keras.encode(Spelled())
    #expect(encoded.objectValue?.keys == ["learning_rate2", "_Name"])
    #expect(try JSONValueDecoder(keyStrategy: .snakeCase).decode(Spelled.self, from: encoded) == Spelled())
  }

  struct Verbatim: Codable, Equatable {
    enum CodingKeys: String, VerbatimCodingKey {
      case beta1
      case learningRate = "learning-Rate"
    }

    var beta1 = 1
    var learningRate = 2
  }

  @Test func verbatimKeysStayAsTheyAre() throws {
    let encoded = try keras.encode(Verbatim())
    #expect(encoded.objectValue?.keys == ["beta1", "learning-Rate"])
    #expect(try JSONValueDecoder(keyStrategy: .snakeCase).decode(Verbatim.self, from: encoded) == Verbatim())
  }

  @Test func keysOfDictionariesAndJSONAreData() throws {
    struct Losses: Codable, Equatable {
      var lossWeights = ["mainOutput": 1.0, "auxOutput2": 0.5]
      var kerasConfig: JSON = ["someKey": ["innerKey": 1]]
      var restOfConfig: JSONObject = ["otherKey": [nil]]
      var byIndex = [2: Recipe.Padding.same]
      var parts = ["firstPart": Part()]
    }
    struct Part: Codable, Equatable { var useBias = true }
    let encoded = try keras.encode(Losses())
    #expect(
      encoded.serialized()
        == #"{"loss_weights": {"auxOutput2": 0.5, "mainOutput": 1.0}, "keras_config": {"someKey": {"innerKey": 1}}, "#
        + #""rest_of_config": {"otherKey": [null]}, "by_index": {"2": "same"}, "parts": {"firstPart": {"use_bias": true}}}"#
    )
    #expect(try JSONValueDecoder(keyStrategy: .snakeCase).decode(Losses.self, from: encoded) == Losses())
  }

  @Test func encodesValuesThatAreNoObjects() throws {
    #expect(try keras.encode(3) == 3)
    #expect(try keras.encode([1.5, 2]) == [1.5, 2.0])
    #expect(try keras.encode("text") == "text")
    #expect(try keras.encode(Int?.none) == nil)
    #expect(try keras.encode([Int?.none, 1]) == [nil, 1])
    #expect(try keras.encode(["b": 1, "a": 2]).serialized() == #"{"a": 2, "b": 1}"#)
    #expect(try keras.encode(JSON.null) == nil)
    #expect(try keras.encode([JSON.integer(1), "a"]) == [1, "a"])
    struct Empty: Codable {}
    #expect(try keras.encode(Empty()) == [:])
  }

  /// Writes through every kind of nested container.
  struct Nested: Encodable {
    enum CodingKeys: CodingKey { case firstPart, list, parent, value }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      let parent = container.superEncoder()
      let named = container.superEncoder(forKey: .parent)
      var first = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .firstPart)
      try first.encode(1, forKey: .value)
      var again = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .firstPart)
      try again.encode(2, forKey: .list)
      var list = container.nestedUnkeyedContainer(forKey: .list)
      try list.encode(1)
      try list.encodeNil()
      var inner = list.nestedUnkeyedContainer()
      try inner.encode("a")
      var keyed = list.nestedContainer(keyedBy: CodingKeys.self)
      try keyed.encode(true, forKey: .firstPart)
      try "b".encode(to: list.superEncoder())
      try container.encode(list.count, forKey: .value)
      try 7.encode(to: parent)
      var single = named.singleValueContainer()
      try single.encode(["k": 8])
    }
  }

  @Test func encodesThroughNestedContainers() throws {
    let expected: JSON = [
      "super": 7, "parent": ["k": 8], "first_part": ["value": 1, "list": 2],
      "list": [1, nil, ["a"], ["first_part": true], "b"], "value": 5,
    ]
    #expect(try keras.encode(Nested()).serialized() == expected.serialized())
  }

  @Test func containersOfTwoKindsForOneValueAreAnError() {
    struct Confused: Encodable {
      func encode(to encoder: any Encoder) throws {
        _ = encoder.container(keyedBy: Nested.CodingKeys.self)
        var list = encoder.unkeyedContainer()
        try list.encode(1)
      }
    }
    let error = #expect(throws: CoreError.self) { try keras.encode(["part": [Confused()]]) }
    #expect(error?.message.hasPrefix("part.0: expected encode(to:) to ask for one kind of container") == true)
  }

  @Test func errorsOfTypesKeepTheirMeaning() {
    struct Failing: Encodable {
      func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
          self, EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "is not serializable"))
      }
    }
    let error = #expect(throws: CoreError.self) { try keras.encode(["part": [Failing()]]) }
    #expect(error?.message == "part.0: is not serializable")
  }

  @Test func userInfoReachesTheTypes() throws {
    struct Reader: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(encoder.userInfo[CodingUserInfoKey(rawValue: "version")!] as? Int)
      }
    }
    let coder = JSONValueEncoder(userInfo: [CodingUserInfoKey(rawValue: "version")!: 2])
    #expect(try coder.encode([Reader()]) == [2])
  }
}
