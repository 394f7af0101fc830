import Layers
import TensorCore
import TestKit
import Testing

/// Lambda layers: a function of ours in place of Python code.
@Suite struct LambdaTests {
  /// As Keras 3 and 2 write `Lambda(lambda x: x * 2)`, and Keras 3 a function by its name.
  private static let code: JSON = [
    "class_name": "__lambda__", "config": ["code": "4wEA", "defaults": nil, "closure": nil],
  ]
  private static let keras2: JSONObject = [
    "function": ["4wEA", nil, nil], "function_type": "lambda", "module": "__main__", "output_shape": nil,
    "output_shape_type": "raw", "output_shape_module": nil, "arguments": ["factor": 3],
  ]

  private static func model(_ config: JSONObject, _ dialect: KerasDialect) -> JSON {
    var config = config
    config["name"] = "twice"
    let input: JSON = ["class_name": "InputLayer", "config": ["name": "input", "batch_shape": [nil, 2]]]
    let lambda: JSON = ["class_name": "Lambda", "config": .object(config)]
    return ["class_name": "Sequential", "config": ["name": "model", "layers": [input, lambda]]]
  }

  private static func load(
    _ config: JSONObject, _ host: PluginHost, _ dialect: KerasDialect = .keras3
  ) throws(CoreError) -> Model {
    let recipe = try KerasConfig(dialect: dialect, host: host).model(from: model(config, dialect))
    guard let sequential = recipe as? Sequential else { throw CoreError(.invalidConfig, "found no Sequential") }
    return try Model(sequential, host: host)
  }

  private static func host(_ name: String) -> PluginHost {
    var host = PluginHost()
    host.register(lambda: name) { inputs, arguments in [inputs[0] * (arguments["factor"]?.doubleValue ?? 2)] }
    return host
  }

  @Test func theLayersNameOrTheFunctionsNameFindsTheFunction() throws {
    let x = Tensor([1, 2, 3, 4] as [Float], [2, 2])
    let byLayer = try Self.load(["function": Self.code, "arguments": [:]], Self.host("twice"))
    #expect(try byLayer.predict(x).scalars(of: Float.self) == [2, 4, 6, 8])
    let byFunction = try Self.load(["function": "double_it", "arguments": [:]], Self.host("double_it"))
    #expect(try byFunction.predict(x).scalars(of: Float.self) == [2, 4, 6, 8])
    let object: JSON = ["module": "m", "class_name": "function", "config": "f", "registered_name": "package>f"]
    let registered = try Self.load(["function": object, "arguments": ["factor": 3]], Self.host("package>f"))
    #expect(try registered.predict(x).scalars(of: Float.self) == [3, 6, 9, 12])
    let old = try Self.load(Self.keras2, Self.host("twice"), .keras2)
    #expect(try old.predict(x).scalars(of: Float.self) == [3, 6, 9, 12])
  }

  @Test func withoutAFunctionTheErrorSaysHow() throws {
    let cases: [(JSONObject, String)] = [
      (["function": Self.code], "\"twice\""), (["function": "f"], "\"twice\" or \"f\""),
    ]
    for (config, names) in cases {
      let error = #expect(throws: CoreError.self) { try Self.load(config, PluginHost()) }
      #expect(error?.code == .unknownName)
      #expect(error?.message.contains("registered as \(names) by PluginHost.register(lambda:_:)") == true)
      #expect(error?.path.last == "twice")
    }
  }

  @Test func theConfigComesBackAsItWas() throws {
    for (config, dialect) in [
      (Self.keras2, KerasDialect.keras2), (["function": Self.code, "arguments": [:]], .keras3),
    ] {
      let host = Self.host("twice")
      let written = try KerasConfig(dialect: dialect, host: host).json(of: Self.load(config, host, dialect))
      let found = written["config"]?["layers"]?.arrayValue?.last?["config"]?.objectValue ?? [:]
      for (key, value) in config { #expect(found[key] == value, "\(key)") }
    }
  }

  @Test func theOtherDialectSpellsItItsWay() throws {
    let host = Self.host("twice")
    let old = try Self.load(Self.keras2, host, .keras2)
    let written = try KerasConfig(dialect: .keras3, host: host).json(of: old)
    let config = written["config"]?["layers"]?.arrayValue?.last?["config"] ?? nil
    #expect(config["function"] == Self.code)
    #expect(config["function_type"] == nil)
  }

  @Test func aLambdaIsALayerAsOthers() throws {
    try checkLayer(
      Lambda("double_it", arguments: ["factor": 3]), inputs: [TensorSpec([2, 3])], host: Self.host("double_it"))
  }
}
