import Layers
import TensorCore
import Testing

@Suite struct DTypePolicyConfigTests {
  private func model(_ policy: DTypePolicy) throws -> Model {
    let layers = Sequential([InputLayer(shape: [4]), Dense(units: 3), Dense(units: 2)], name: "net")
    return try Model(layers.withDTypePolicy(policy), start: .seed(1))
  }

  private func dtype(_ json: JSON, layer: Int) -> JSON? { json["config"]?["layers"]?[layer]?["config"]?["dtype"] }

  @Test func eachDialectSpellsPoliciesItsWay() throws {
    let model = try model(.mixedFloat16)
    let three = try KerasConfig(dialect: .keras3).json(of: model)
    #expect(dtype(three, layer: 1)?["class_name"] == "DTypePolicy")
    #expect(dtype(three, layer: 1)?["config"]?["name"] == "mixed_float16")
    #expect(dtype(three, layer: 0) == "float32")
    let two = try KerasConfig(dialect: .keras2).json(of: model)
    #expect(dtype(two, layer: 1) == ["class_name": "Policy", "config": ["name": "mixed_float16"]])
    let plain = try KerasConfig(dialect: .keras2).json(of: self.model(.float32))
    #expect(dtype(plain, layer: 1) == "float32")
  }

  @Test(arguments: [KerasDialect.keras2, .keras3], DTypePolicy.allCases)
  func aPolicySurvivesTheFile(_ dialect: KerasDialect, _ policy: DTypePolicy) throws {
    let json = try KerasConfig(dialect: dialect).json(of: model(policy))
    let read = try #require(try KerasConfig(dialect: dialect).model(from: json) as? Sequential)
    #expect(read.nodes.map(\.dtypePolicy) == [.float32, policy, policy])
    let other = try KerasConfig(dialect: dialect == .keras2 ? .keras3 : .keras2).json(of: Model(read))
    let back = try KerasConfig(dialect: dialect == .keras2 ? .keras3 : .keras2).model(from: other) as? Sequential
    #expect(back?.nodes.map(\.dtypePolicy) == [.float32, policy, policy])
  }

  @Test func aLayerOfFloat32TakesWhatALayerOf16BitsGives() throws {
    var layers = Sequential([InputLayer(shape: [4]), Dense(units: 3), Dense(units: 2)]).withDTypePolicy(.mixedBfloat16)
    let last = Sequential([InputLayer(shape: [4]), Dense(units: 3), Dense(units: 2)]).nodes[2]
    layers = try Sequential(nodes: Array(layers.nodes.dropLast()) + [last], name: "net")
    let model = try Model(layers, start: .seed(1))
    #expect(model.outputSpecs[0].dtype == .float32)
    #expect(try model.predict(Tensor.ones([2, 4])).dtype == .float32)
  }

  private func dense(dtype: JSON?) throws -> Model {
    var node = LayerNode(name: "out", layer: Dense(units: 2))
    node.extras["dtype"] = dtype
    return try Model(
      Sequential(nodes: [LayerNode(name: "in", layer: InputLayer(shape: [3])), node], name: "net"), start: .seed(1))
  }

  @Test(arguments: [
    ("float64", DType.float64, DType.float64), ("float16", .float16, .float16), ("half", .float16, .float16),
    ("mixed_bfloat16", .float32, .bfloat16), ("_infer", .float32, .float32), ("float32", .float32, .float32),
  ])
  func everyFormOfAPolicyIsRead(name: String, weights: DType, outputs: DType) throws {
    let config: JSON = ["name": .string(name)]
    let forms: [JSON] = [
      .string(name), ["class_name": "Policy", "config": config], ["class_name": "FloatDTypePolicy", "config": config],
      ["module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": nil],
    ]
    for form in forms {
      let model = try dense(dtype: form)
      #expect(model.weights.keys.allSatisfy { $0.spec.dtype == weights })
      #expect(model.outputSpecs[0].dtype == outputs)
      #expect(try model.predict(Tensor.ones([2, 3])).dtype == outputs)
    }
  }

  @Test(
    arguments: [
      ("int8_from_float32", "int8_from_float32"), (5, "5"), ("float13", "float13"), ("complex64", "complex64"),
      (["class_name": "QuantizedDTypePolicy", "config": ["mode": "int8", "source_name": "float32"]], "Quantized"),
      (["class_name": "QuantizedFloat8DTypePolicy", "config": ["name": "float8_from_float32"]], "QuantizedFloat8"),
      (["class_name": "DTypePolicyMap", "config": [:]], "DTypePolicyMap"),
      (["class_name": "DTypePolicy"], "DTypePolicy"),
      (["config": ["name": "float32"]], "config"),
      (["class_name": "DTypePolicy", "config": ["name": 3]], "DTypePolicy"),
      ("int32", "int32"),
    ] as [(JSON, String)])
  func policiesThatCannotBeHonouredAreErrors(dtype: JSON, mention: String) throws {
    let error = #expect(throws: CoreError.self) { try dense(dtype: dtype) }
    #expect(error?.code == .invalidConfig && error?.path == ["net", "out"])
    #expect(error?.message.contains("dtype") == true && error?.message.contains(mention) == true)
  }

  @Test func layersOfSeveralTypesFollowOneAnother() throws {
    var nodes = [LayerNode(name: "in", layer: InputLayer(shape: [3]))]
    for (index, policy) in (DTypePolicy.allCases + DTypePolicy.allCases.reversed()).enumerated() {
      var node = LayerNode(name: "d\(index)", layer: Dense(units: 3))
      node.dtypePolicy = policy
      nodes.append(node)
    }
    let model = try Model(Sequential(nodes: nodes, name: "net"), start: .seed(1))
    #expect(
      model.layers.dropFirst().map { $0.outputs[0].dtype } == [
        .float32, .float64, .float16, .bfloat16, .bfloat16, .float16, .float16, .bfloat16, .bfloat16, .float16,
        .float64,
        .float32,
      ])
    let y = try model.predict(Tensor.ones([2, 3]))
    #expect(y.scalars(of: Float.self).allSatisfy { $0.isFinite })
  }

  @Test func integerTypesOfLayersWithoutWeightsCastNothing() throws {
    var node = LayerNode(name: "flat", layer: Flatten())
    node.extras["dtype"] = "int32"
    let input = LayerNode(name: "in", layer: InputLayer(shape: [3], dtype: .int32))
    let model = try Model(Sequential(nodes: [input, node], name: "net"))
    #expect(model.outputSpecs[0].dtype == .int32)
  }

  @Test func theGlobalPolicyIsThatOfLayersThatNameNone() throws {
    let make = { try Model(Sequential([InputLayer(shape: [4]), Dense(units: 3)]), start: .seed(1)) }
    let inside = try DTypePolicy.$global.withValue(.mixedFloat16) { try make() }
    #expect(inside.dtypePolicy == .mixedFloat16 && inside.outputSpecs[0].dtype == .float16)
    let outside = try make()
    #expect(outside.dtypePolicy == .float32 && outside.outputSpecs[0].dtype == .float32)
    let symbol = Symbol.input([4])
    let functional = try DTypePolicy.$global.withValue(.bfloat16) {
      try Model(inputs: [symbol], outputs: [Dense(units: 2)(symbol)])
    }
    #expect(functional.dtypePolicy == .bfloat16 && functional.weights.keys[0].spec.dtype == .bfloat16)
    // A layer that names one keeps it.
    let named = try DTypePolicy.$global.withValue(.mixedFloat16) { try dense(dtype: "float64") }
    #expect(named.outputSpecs[0].dtype == .float64 && named.dtypePolicy == .mixedFloat16)
  }
}
