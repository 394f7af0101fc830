import Layers
import TensorCore
import Testing

/// Every registered layer kind, given what is wrong with it.
@Suite struct OddConfigTests {
  static let kinds = PluginHost().layers.names.filter { !["Sequential", "Functional"].contains($0) }

  /// The config of a kind's template, and how its recipe is read from one.
  private func config(_ kind: String) throws -> JSONObject {
    let layer = try #require(PluginHost().layers[kind]).type.template
    var encoder = JSONValueEncoder()
    encoder.keyStrategy = .snakeCase
    return try encoder.encode(layer).objectValue ?? [:]
  }

  private func read(_ kind: String, _ config: JSONObject) throws -> LayerNode {
    var config = config
    config["name"] = "odd"
    config["trainable"] = true
    let model: JSON = [
      "class_name": "Sequential",
      "config": ["name": "m", "layers": [["class_name": .string(kind), "config": .object(config)]]],
    ]
    return try #require((try KerasConfig().model(from: model) as? Sequential)?.nodes.first)
  }

  @Test(arguments: kinds) func anUnknownKeyIsKept(kind: String) throws {
    var config = try config(kind)
    config["made_up"] = [1, "two"]
    #expect(try read(kind, config).extras["made_up"] == [1, "two"])
  }

  @Test(arguments: kinds) func aValueOfAWrongTypeNamesLayerAndKey(kind: String) throws {
    let config = try config(kind)
    // What a Lambda's function is, is never looked at.
    for (key, value) in config where !value.isNull && "\(kind).\(key)" != "Lambda.function" {
      var wrong = config
      // No key of any layer takes this.
      wrong[key] = [[["wrong": true]]]
      let error = #expect(throws: CoreError.self, "\(kind).\(key)") { try self.read(kind, wrong) }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("odd") && text.contains(key), "\(kind).\(key): \(text)")
    }
  }

  /// Where a kind refuses inputs of too few or too many axes, the error says which layer, which input and what it wants.
  @Test(arguments: kinds) func aShapeErrorNamesLayerInputAndRule(kind: String) throws {
    let layer = try #require(PluginHost().layers[kind]).type.template
    for shape: [Int?] in [[2], [2, 2, 2, 2, 2, 2]] where !(layer is InputLayer) {
      var model = Sequential([InputLayer(shape: shape)])
      model.add(layer, name: "odd")
      do {
        _ = try Model(model)
      } catch {
        #expect(error.path.contains("odd"), "\(kind): \(error)")
        #expect(error.message.contains("found"), "\(kind): \(error)")
        #expect(error.message.contains("expected"), "\(kind): \(error)")
      }
    }
  }

  /// What Keras refuses too: nothing would be left of the input.
  @Test func aWindowLargerThanTheInputIsAnError() throws {
    let cases: [(any Layer, [Int?])] = [
      (Conv1D(filters: 2, kernelSize: 5), [3, 1]), (Conv2D(filters: 2, kernelSize: 5), [3, 3, 1]),
      (Conv3D(filters: 2, kernelSize: 3), [2, 3, 3, 1]), (DepthwiseConv2D(kernelSize: 5), [3, 3, 1]),
      (SeparableConv2D(filters: 2, kernelSize: 5), [3, 3, 1]), (MaxPooling2D(poolSize: 5), [3, 3, 1]),
      (AveragePooling1D(poolSize: 5), [3, 1]), (Cropping1D(cropping: 2), [4, 1]), (Cropping2D(cropping: 2), [4, 4, 1]),
    ]
    for (layer, shape) in cases {
      var model = Sequential([InputLayer(shape: shape)])
      model.add(layer, name: "odd")
      let error = #expect(throws: CoreError.self, "\(layer)") { try Model(model) }
      #expect(error?.path.contains("odd") == true, "\(layer)")
    }
  }
}
