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

  @Test(arguments: [KerasDialect.keras2, .keras3], [DTypePolicy.float32, .mixedBfloat16, .mixedFloat16])
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
}
