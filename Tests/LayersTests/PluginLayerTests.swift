import Layers
import TensorCore
import TestKit
import Testing

/// A layer of someone else's, with an activation and an initializer of its own.
@Suite struct PluginLayerTests {
  /// `x · sigmoid(slope · x + offset)`
  struct Gate: Layer {
    static let kind = "acme>Gate"
    static let template = Gate()

    var slope = 1.0
    var offsetInitializer = Initializer.zeros

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let input = try expectOneInput(inputs, ranks: 2...Shape.maximumRank)
      let offset = scope.weight("offset", [input.shape.last], offsetInitializer)
      let slope = slope
      return Forward { x, context in x * (x * slope + context[offset]).sigmoid() }
    }
  }

  enum AcmePlugin: Plugin {
    static let name = "acme"

    static func install(into host: inout PluginHost) {
      host.register(Gate.self)
      host.register(activation: "acme>half", Activation.Rule { $0 * 0.5 })
      host.register(initializer: "acme>Sevens") { _, spec, _ in Tensor.full(spec.shape, 7, dtype: spec.dtype) }
    }
  }

  private func host() throws -> PluginHost {
    var host = PluginHost()
    try host.install(AcmePlugin.self)
    return host
  }

  private var layers: Sequential {
    var gate = Gate(slope: 2)
    gate.offsetInitializer = Initializer("acme>Sevens")
    return Sequential([InputLayer(shape: [4]), gate, Dense(units: 3, activation: Activation("acme>half"))])
  }

  @Test func thePluginsLayerPassesTheCheck() throws {
    try checkLayer(Gate(slope: 0.5), inputs: [TensorSpec([3, 4])], host: try host())
  }

  @Test(arguments: KerasDialect.allCases)
  func itIsSavedByItsRegisteredNameAndLoadedAgain(_ dialect: KerasDialect) throws {
    let host = try host()
    let model = try Model(layers, host: host)
    #expect(model.weights["gate/offset"]?.scalars(of: Float.self) == [7, 7, 7, 7])
    var archive = InMemoryArchive()
    try KerasFile(model: model).write(to: &archive, dialect: dialect, host: host)
    guard case .string(let text)? = try archive.attribute("model_config", at: "") else {
      Issue.record("found no model_config")
      return
    }
    let entry = try JSON(parsing: text)["config"]?["layers"]?[1]
    #expect(entry?["class_name"] == "acme>Gate")
    #expect(entry?["config"]?["slope"]?.doubleValue == 2)
    #expect(entry?["config"]?["name"] == "gate")
    let again = try KerasFile(from: archive, host: host).model
    let x = Tensor.randomNormal([5, 4], key: RandomKey(seed: 1))
    #expect(try again.predict(x).scalars(of: Float.self) == model.predict(x).scalars(of: Float.self))
  }

  /// As `.keras` files and some legacy ones spell a registered class.
  @Test func aClassNameWithARegisteredNameFindsItToo() throws {
    let json: JSON = [
      "class_name": "Sequential",
      "config": [
        "name": "model",
        "layers": [
          ["class_name": "InputLayer", "config": ["batch_shape": [nil, 4], "name": "x"]],
          ["module": "acme.layers", "class_name": "Gate", "registered_name": "acme>Gate", "config": ["slope": 3]],
        ],
      ],
    ]
    let recipe = try KerasConfig(host: host()).model(from: json) as? Sequential
    #expect((recipe?.nodes.last?.layer as? Gate)?.slope == 3)
  }

  @Test func withoutThePluginTheFileNamesTheKind() throws {
    let model = try Model(layers, host: host())
    var archive = InMemoryArchive()
    try KerasFile(model: model).write(to: &archive, host: host())
    let error = #expect(throws: CoreError.self) { try KerasFile(from: archive, host: PluginHost()) }
    #expect(error?.code == .unknownLayerKind)
    #expect(error?.message.contains("\"acme>Gate\"") == true)
  }
}
