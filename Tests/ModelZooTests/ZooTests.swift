import Layers
import ModelZoo
import TensorCore
import Testing

@Suite struct ZooTests {
  @Test(arguments: [("lenet5", 61_706), ("lenet5-relu", 61_706), ("mlp", 407_050)])
  func parameterCountsAreThoseOfThePapers(_ name: String, _ count: Int) throws {
    let model = try Zoo.model(named: name).model()
    #expect(model.parameterCount == count)
    #expect(model.trainableParameterCount == count)
  }

  @Test func everyModelGivesProbabilitiesOfTenClasses() throws {
    for entry in Zoo.models {
      let model = try entry.model(seed: 3)
      let shape = Shape([4] + model.inputs[0].batchShape.dropFirst().map { $0 ?? 1 })
      let y = try model.predict(Tensor.randomUniform(shape, key: RandomKey(seed: 1)))
      #expect(y.shape == [4, 10])
      #expect(y.sum(axes: [-1], keepDims: false).scalars(of: Float.self).allSatisfy { abs($0 - 1) < 1e-5 })
    }
  }

  @Test func aSeedMakesTheSameWeightsAndAnotherOthers() throws {
    for entry in Zoo.models {
      let weights = { (seed: UInt64) in
        try entry.model(seed: seed).weights.tensors.map { $0.scalars(of: Float.self) }
      }
      let first = try weights(1)
      #expect(try weights(1) == first)
      #expect(try weights(2) != first)
    }
  }

  @Test func lenetHasTheLayersOfTheLectures() throws {
    let model = try LeNet5().model()
    let kinds = model.layers.map(\.kind)
    let expected = [
      "InputLayer", "Conv2D", "AveragePooling2D", "Conv2D", "AveragePooling2D", "Flatten", "Dense", "Dense", "Dense",
    ]
    #expect(kinds == expected)
    let pools = model.layers.filter { $0.kind == "AveragePooling2D" }.map { $0.outputs[0].shape.array.dropFirst() }
    #expect(pools == [[14, 14, 6], [5, 5, 16]])
    #expect(try LeNet5(classes: 3, pooling: .max).model().outputSpecs[0].shape.last == 3)
  }

  @Test func aSizeBelowOneIsAnError() throws {
    let error = #expect(throws: CoreError.self) { try LeNet5(classes: 0).model() }
    #expect(error?.code == .invalidConfig)
    #expect(error?.message.contains("units 0") == true)
    #expect(throws: CoreError.self) { try MLP(hidden: -1).model() }
  }

  @Test func anUnknownNameListsTheModels() {
    let error = #expect(throws: CoreError.self) { try Zoo.model(named: "lenet6") }
    #expect(error?.code == .unknownName)
    #expect(error?.message.contains("lenet5, lenet5-relu, mlp") == true)
  }
}
