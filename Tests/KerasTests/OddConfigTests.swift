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

  // MARK: Fixtures

  /// One case of every kind that there are fixtures of, as Keras writes it.
  private static let cases = Result { () throws -> [LayerCase] in
    var cases: [String: LayerCase] = [:]
    for list in ["", "_shaping", "_attention", "_wrapper", "_recurrence", "_image", "_preprocessing"] {
      for record in try Fixtures.records("keras3/layers\(list).json") {
        let kind = try record.string("class_name")
        if cases[kind] == nil { cases[kind] = try LayerCase(record) }
      }
    }
    return cases.values.sorted { $0.className < $1.className }
  }

  /// The case's model with another config of its layer, or other shapes of its inputs.
  private func model(_ layerCase: LayerCase, inputShape: [Int]? = nil, _ change: (inout JSONObject) -> Void) -> JSON {
    var parts = layerCase.entries(named: "odd")
    var entry = parts.layers.removeLast().objectValue ?? [:]
    var config = entry["config"]?.objectValue ?? [:]
    change(&config)
    entry["config"] = .object(config)
    if let inputShape, var input = parts.layers.first?.objectValue, var config = input["config"]?.objectValue {
      config["batch_shape"] = .array([nil] + inputShape.map { .integer($0) })
      input["config"] = .object(config)
      parts.layers[0] = .object(input)
    }
    return [
      "class_name": "Functional",
      "config": [
        "name": "m", "layers": .array(parts.layers + [.object(entry)]), "input_layers": .array(parts.inputs),
        "output_layers": .array(parts.outputs),
      ],
    ]
  }

  private static let values: [JSON] = ["odd_text", -7, 0.3, true, ["odd_text"], [-7, -7], ["odd_key": 1]]

  private func isOfOneType(_ a: JSON, _ b: JSON) -> Bool {
    switch (a, b) {
    case (.string, .string), (.bool, .bool), (.array, .array), (.object, .object): true
    default: a.doubleValue != nil && b.doubleValue != nil
    }
  }

  /// A value of another type is taken, where it means something, or refused with the name of the layer and that of the key, or the value.
  @Test func aValueOfAnotherTypeThanKerasWritesIsTakenOrNamed() throws {
    let cases = try Self.cases.get()
    #expect(cases.count >= 120)
    var (taken, refused) = (0, 0)
    for layerCase in cases {
      let config = layerCase.record["config"]?.objectValue ?? [:]
      for (key, value) in config where !["name", "trainable"].contains(key) {
        for wrong in Self.values where !isOfOneType(value, wrong) {
          do {
            let recipe = try KerasConfig().model(from: model(layerCase) { $0[key] = wrong })
            _ = try Model(#require(recipe as? Functional))
            taken += 1
          } catch let error as CoreError {
            refused += 1
            let text = "\(error)"
            #expect(
              text.contains("odd") && (text.contains(key) || text.contains("odd_") || text.contains("-7")),
              "\(layerCase.className).\(key) = \(wrong): \(text)")
          }
        }
      }
    }
    print("\(refused) values of other types refused, \(taken) taken, of \(cases.count) kinds")
  }

  @Test func everySettingThatKerasWritesIsReadAndOthersAreReported() throws {
    for layerCase in try Self.cases.get() {
      let plain = try KerasConfig().model(from: model(layerCase) { _ in })
      #expect(try Model(#require(plain as? Functional)).unreadKeys == [], "\(layerCase.className)")
      let recipe = try KerasConfig().model(from: model(layerCase) { $0["made_up"] = [1, "two"] })
      let model = try Model(#require(recipe as? Functional))
      #expect(model.unreadKeys == ["odd.made_up"], "\(layerCase.className)")
      let written = try KerasConfig().json(of: model)["config"]?["layers"]?.arrayValue?.last
      #expect(written?["config"]?["made_up"] == [1, "two"], "\(layerCase.className)")
    }
  }

  @Test func anInputOfAnotherRankIsTakenOrNamed() throws {
    for layerCase in try Self.cases.get() {
      let shape = Array(layerCase.inputs[0].shape.array.dropFirst())
      for other in [Array(shape.dropLast()), shape + [2], [2] + shape + [3]] {
        let recipe = try KerasConfig().model(from: model(layerCase, inputShape: other) { _ in })
        do {
          _ = try Model(#require(recipe as? Functional))
        } catch let error as CoreError {
          #expect(error.path.contains("odd"), "\(layerCase.className): \(error)")
          #expect(error.message.contains("found"), "\(layerCase.className): \(error)")
          #expect(error.message.contains("expected"), "\(layerCase.className): \(error)")
        }
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
