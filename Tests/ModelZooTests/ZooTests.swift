import Layers
import ModelZoo
import TensorCore
import Testing

@Suite struct ZooTests {
  /// Of the models for digits, which are small enough to run in a test as they are.
  private static let small = ["lenet5", "lenet5-relu", "mlp"]

  @Test(arguments: [("lenet5", 61_706), ("lenet5-relu", 61_706), ("mlp", 407_050)])
  func parameterCountsAreThoseOfThePapers(_ name: String, _ count: Int) throws {
    let model = try Zoo.model(named: name).model()
    #expect(model.parameterCount == count)
    #expect(try Zoo.model(named: name).parameterCount == count)
    #expect(model.trainableParameterCount == count)
  }

  /// As `keras.applications` counts them.
  @Test func parameterCountsAreThoseOfKeras() throws {
    let resnet = try ResNet50().model()
    #expect((resnet.parameterCount, resnet.trainableParameterCount) == (25_636_712, 25_583_592))
    let mobile = try MobileNet().model()
    #expect((mobile.parameterCount, mobile.trainableParameterCount) == (4_253_864, 4_231_976))
    let features = try VGG16(inputShape: [64, 64, 3], includeTop: false).model()
    #expect(features.parameterCount == 14_714_688)
    // Three dense layers on 7×7×512 features.
    let dense = (25_088 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    #expect(try Zoo.model(named: "vgg16").parameterCount == features.parameterCount + dense)
    for name in ["resnet50", "mobilenet", "ecg"] {
      let entry = try Zoo.model(named: name)
      #expect(try entry.model().parameterCount == entry.parameterCount)
    }
    #expect(features.outputSpecs[0].shape.array.dropFirst() == [2, 2, 512])
    let ecg = try ECGNet().model()
    #expect((ecg.parameterCount, ecg.trainableParameterCount) == (462_596, 461_572))
  }

  @Test func networksForTextsTakeNumbersAndCountTheirWeights() throws {
    for name in ["sentiment-lstm", "sentiment-gru"] {
      let entry = try Zoo.model(named: name)
      let model = try entry.model()
      #expect(model.parameterCount == entry.parameterCount)
      let y = try model.predict(Tensor([3, 9_999, 0, 1, 2, 4] as [Int32], [2, 3]))
      #expect(y.shape == [2, 1])
    }
    let characters = try CharRNN(symbols: 5, units: 8).model()
    // Embedding, two LSTM layers, dense layer.
    #expect(characters.parameterCount == 25 + 4 * (5 + 8 + 1) * 8 + 4 * (8 + 8 + 1) * 8 + (8 + 1) * 5)
    #expect(try characters.predict(Tensor([0, 4, 2] as [Int32], [1, 3])).shape == [1, 3, 5])
    #expect(try Zoo.model(named: "charrnn").parameterCount == 65 * 65 + 4 * 578 * 512 + 4 * 1025 * 512 + 513 * 65)
  }

  @Test(arguments: small)
  func digitModelsGiveProbabilitiesOfTenClasses(_ name: String) throws {
    let model = try Zoo.model(named: name).model(seed: 3)
    let shape = Shape([4] + model.inputs[0].batchShape.dropFirst().map { $0 ?? 1 })
    let y = try model.predict(Tensor.randomUniform(shape, key: RandomKey(seed: 1)))
    #expect(y.shape == [4, 10])
    #expect(y.sum(axes: [-1], keepDims: false).scalars(of: Float.self).allSatisfy { abs($0 - 1) < 1e-5 })
  }

  @Test func photographModelsTakeTheirOptions() throws {
    let small = [32, 32, 3] as [Int?]
    let x = Tensor.randomUniform([1, 32, 32, 3], key: RandomKey(seed: 1))
    let models = [
      try ResNet50(inputShape: small, classes: 7).model(),
      try MobileNet(inputShape: small, alpha: 0.25, classes: 7).model(),
    ]
    for model in models {
      let y = try model.predict(x)
      #expect(y.shape == [1, 7])
      #expect(abs(y.sum().scalars(of: Float.self)[0] - 1) < 1e-5)
    }
    for pooling in [GlobalPooling.average, .max] {
      let model = try MobileNet(inputShape: [nil, nil, 3], alpha: 0.25, includeTop: false, pooling: pooling).model()
      #expect(try model.predict(x).shape == [1, 256])
    }
    let logits = try ECGNet(steps: 64, classes: 3, classifierActivation: .linear).model()
    #expect(try logits.predict(Tensor.zeros([2, 64, 1])).shape == [2, 3])
  }

  @Test(arguments: small)
  func aSeedMakesTheSameWeightsAndAnotherOthers(_ name: String) throws {
    let weights = { (seed: UInt64) in
      try Zoo.model(named: name).model(seed: seed).weights.tensors.map { $0.scalars(of: Float.self) }
    }
    let first = try weights(1)
    #expect(try weights(1) == first)
    #expect(try weights(2) != first)
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
