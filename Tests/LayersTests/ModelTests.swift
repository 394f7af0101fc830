import AutoDiff
import Layers
import TensorCore
import Testing

@Suite struct ModelTests {
  // MARK: Sequential

  @Test func sequentialNamesItsLayersAsKerasDoes() throws {
    let model = try Model(
      Sequential([
        InputLayer(shape: [8, 8, 1]), Conv2D(filters: 2, kernelSize: 3), Conv2D(filters: 2, kernelSize: 3),
        MaxPooling2D(), GlobalAveragePooling2D(), Dense(units: 2), Dense(units: 2), BatchNormalization(),
      ]))
    let names = [
      "input_layer", "conv2d", "conv2d_1", "max_pooling2d", "global_average_pooling2d", "dense", "dense_1",
      "batch_normalization",
    ]
    #expect(model.layers.map(\.name) == names)
    #expect(model.name == "sequential")
    #expect(model.weights.keys.prefix(2).map(\.path) == ["conv2d/kernel", "conv2d/bias"])
    #expect(model.parameterCount == 20 + 38 + 6 + 6 + 8)
    #expect(model.trainableParameterCount == 20 + 38 + 6 + 6 + 4)
  }

  @Test func withoutAnInputLayerTheShapeIsGivenOnBuilding() throws {
    let layers = Sequential([Dense(units: 3)])
    let error = #expect(throws: CoreError.self) { try Model(layers) }
    #expect(error?.code == .invalidConfig)
    #expect(error?.message.contains("inputShape") == true)
    #expect(try Model(layers, inputShape: [5]).parameterCount == 18)
  }

  @Test func aSequentialInAModelTakesItsInputFromItsOwnInputLayer() throws {
    let inner = Sequential([InputLayer(shape: [4]), Dense(units: 3)], name: "inner")
    let model = try Model(Sequential([inner, Dense(units: 2)]))
    #expect(model.inputs[0].shapeDescription == "(None, 4)")
    #expect(
      model.weights.keys.map(\.path) == [
        "sequential/dense/kernel", "sequential/dense/bias", "dense/kernel", "dense/bias",
      ])
  }

  // MARK: Functional

  @Test func aHandleCalledTwiceSharesItsWeights() throws {
    let (a, b) = (Symbol.input([3], name: "a"), Symbol.input([3], name: "b"))
    let tower = LayerHandle(Dense(units: 2), name: "tower")
    let model = try Model(inputs: [a, b], outputs: [tower(a), tower(b)])
    #expect(model.parameterCount == 8)
    #expect(model.layers.map(\.name) == ["a", "b", "tower"])
    let x = Tensor.randomNormal([4, 3], key: RandomKey(seed: 1))
    let outputs = try model.predict([x, x])
    #expect(outputs[0].scalars(of: Float.self) == outputs[1].scalars(of: Float.self))
  }

  @Test func sharedWeightsGetTheGradientsOfAllTheirUses() throws {
    let x = Symbol.input([3])
    let shared = LayerHandle(Dense(units: 3, useBias: false))
    let model = try Model(inputs: [x], outputs: [shared(shared(x))])
    let kernel = model.weights.tensors[0]
    let input = Tensor.randomNormal([2, 3], key: RandomKey(seed: 2))
    let (_, gradients) = valueAndGradients(at: model.weights) { weights in
      var context = CallContext(weights: weights)
      return model([input], &context)[0].sum()
    }
    let expected = gradient(at: kernel) { input.matmul($0).matmul($0).sum() }
    let (found, wanted) = (gradients.tensors[0].scalars(of: Float.self), expected.scalars(of: Float.self))
    for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func aLayerCalledOnceEachIsALayerEach() throws {
    let x = Symbol.input([3])
    let model = try Model(inputs: [x], outputs: [Add()([Dense(units: 2)(x), Dense(units: 2)(x, name: "other")])])
    #expect(model.layers.map(\.name) == ["input_layer", "dense", "other", "add"])
    #expect(model.parameterCount == 16)
  }

  @Test func aThousandLayersAreBuiltAndRun() throws {
    let x = Symbol.input([2])
    var y = x
    for _ in 0..<1000 { y = ActivationLayer(.relu)(y) }
    let model = try Model(inputs: [x], outputs: [y])
    #expect(model.layers.last?.name == "activation_999")
    #expect(try model.predict(Tensor([-1, 2] as [Float], [1, 2])).scalars(of: Float.self) == [0, 2])
  }

  @Test func anInputThatIsNotListedIsNamed() {
    let (a, b) = (Symbol.input([3], name: "a"), Symbol.input([3], name: "b"))
    let error = #expect(throws: CoreError.self) { try Model(inputs: [a], outputs: [Add()([a, b])]) }
    #expect(error?.message.contains("\"b\"") == true)
  }

  @Test func anInputMadeByALayerIsRefused() {
    let x = Symbol.input([3])
    let y = Dense(units: 2)(x)
    let error = #expect(throws: CoreError.self) { try Model(inputs: [y], outputs: [Dense(units: 2)(y)]) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func twoLayersOfOneNameAreRefused() {
    let x = Symbol.input([3])
    let error = #expect(throws: CoreError.self) {
      try Model(inputs: [x], outputs: [Dense(units: 2)(Dense(units: 2)(x, name: "same"), name: "same")])
    }
    #expect(error?.message.contains("\"same\"") == true)
  }

  @Test func anInputMayBeAnOutput() throws {
    let x = Symbol.input([3])
    let model = try Model(inputs: [x], outputs: [x, Dense(units: 2)(x)])
    let input = Tensor.ones([2, 3])
    #expect(try model.predict([input])[0].scalars(of: Float.self) == input.scalars(of: Float.self))
  }

  // MARK: Open dimensions

  @Test func anyImageSizeFitsAModelThatLeavesItOpen() throws {
    let layers = Sequential([
      InputLayer(shape: [nil, nil, 3]), Conv2D(filters: 4, kernelSize: 5), MaxPooling2D(poolSize: 3),
      GlobalAveragePooling2D(), Dense(units: 2),
    ])
    let model = try Model(layers)
    for size in [12, 31] { #expect(try model.predict(Tensor.ones([2, size, size + 1, 3])).shape == [2, 2]) }
    let summary = model.summary()
    #expect(summary.contains("(None, None, None, 4)") && summary.contains("(None, 2)"))
    for dialect in KerasDialect.allCases {
      #expect(try !KerasConfig(dialect: dialect).json(of: model).serialized().contains("509"))
    }
  }

  @Test func aWeightThatDependsOnAnOpenDimensionIsNamed() {
    let layers = Sequential([InputLayer(shape: [nil, nil, 3]), Flatten(), Dense(units: 2)], name: "net")
    let error = #expect(throws: CoreError.self) { try Model(layers) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["net", "dense/kernel"])
    #expect(error?.message.contains("open dimension") == true)
  }

  // MARK: Errors from layers

  @Test func anErrorSaysInWhichLayerItHappened() {
    let inner = Sequential([Dense(units: 3), Conv2D(filters: 1, kernelSize: 3)], name: "ignored")
    var outer = Sequential([InputLayer(shape: [4])], name: "outer")
    outer.add(inner, name: "block")
    let error = #expect(throws: CoreError.self) { try Model(outer) }
    #expect(error?.path == ["outer", "block", "conv2d"])
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.hasPrefix("outer/block/conv2d: ") == true)
  }

  @Test func aShapeRuleThatFailsSaysInWhichLayerToo() {
    let layers = Sequential([InputLayer(shape: [4, 4, 1]), MaxPooling2D(poolSize: 5)], name: "net")
    let error = #expect(throws: CoreError.self) { try Model(layers) }
    #expect(error?.path == ["net", "max_pooling2d"])
  }

  @Test func anUnknownActivationListsTheKnown() {
    let layers = Sequential([InputLayer(shape: [4]), Dense(units: 2, activation: Activation("rleu"))], name: "net")
    let error = #expect(throws: CoreError.self) { try Model(layers) }
    #expect(error?.path == ["net", "dense"])
    #expect(error?.message.contains("\"rleu\"") == true && error?.message.contains("relu") == true)
  }

  // MARK: Predict

  private func twoInputs() throws -> Model {
    let (a, b) = (Symbol.input([3], name: "a"), Symbol.input([2], name: "b"))
    return try Model(inputs: [a, b], outputs: [Concatenate()([a, b])], name: "pair")
  }

  @Test func predictNamesWhatDoesNotFit() throws {
    let model = try twoInputs()
    let (a, b) = (Tensor.ones([4, 3]), Tensor.ones([4, 2]))
    let cases: [([Tensor], CoreError.Code, [String], [String])] = [
      ([a], .shapeMismatch, ["pair"], ["1 inputs", "expected 2", "\"a\", \"b\""]),
      ([a, a], .shapeMismatch, ["pair", "b"], ["[4, 3]", "(None, 2)"]),
      ([a, Tensor.ones([4, 2, 1])], .shapeMismatch, ["pair", "b"], ["[4, 2, 1]", "(None, 2)"]),
      ([a.cast(to: .float64), b], .dtypeMismatch, ["pair", "a"], ["float64", "float32"]),
      ([a, Tensor.ones([5, 2])], .shapeMismatch, ["pair"], ["4, 5"]),
    ]
    for (inputs, code, path, parts) in cases {
      let error = #expect(throws: CoreError.self) { try model.predict(inputs) }
      #expect(error?.code == code)
      #expect(error?.path == path)
      for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
    }
    #expect(throws: CoreError.self) { try model.predict([a, b], batchSize: 0) }
  }

  @Test(arguments: [0, 1, 5, 7, 32])
  func predictGivesTheSameWhateverTheBatchSize(_ count: Int) throws {
    let model = try twoInputs()
    let key = RandomKey(seed: 4)
    let inputs = [Tensor.randomNormal([count, 3], key: key), Tensor.randomNormal([count, 2], key: key.folding(1))]
    let whole = try model.predict(inputs, batchSize: 100)[0]
    #expect(whole.shape == [count, 5])
    for size in [1, 3, 7] {
      #expect(try model.predict(inputs, batchSize: size)[0].scalars(of: Float.self) == whole.scalars(of: Float.self))
    }
  }

  @Test func aModelIsAValue() throws {
    let model = try twoInputs()
    var dense = try Model(Sequential([InputLayer(shape: [2]), Dense(units: 2)]))
    let copy = dense
    dense.weights.tensors[0] = Tensor.zeros([2, 2])
    #expect(copy.weights.tensors[0].scalars(of: Float.self) != dense.weights.tensors[0].scalars(of: Float.self))
    #expect(model.parameterCount == 0)
  }

  @Test func weightsFromElsewhereMustFit() {
    let layers = Sequential([InputLayer(shape: [2]), Dense(units: 2)], name: "net")
    let start = Model.Start.values { _, keys in keys.map { _ in Tensor.zeros([3]) } }
    let error = #expect(throws: CoreError.self) { try Model(layers, start: start) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["net", "dense/kernel"])
    let none = Model.Start.values { _, _ in [] }
    #expect(throws: CoreError.self) { try Model(layers, start: none) }
  }

  @Test func aTensorUnderANameThatTheLayerDoesNotKnowIsRefused() {
    let (a, b) = (Symbol.input([3]), Symbol.input([3]))
    let sum = LayerHandle(Add())([a, b], keywords: ["other"])
    let error = #expect(throws: CoreError.self) { try Model(inputs: [a, b], outputs: [sum]) }
    #expect(error?.code == .invalidConfig && error?.message.contains("\"other\"") == true)
  }
}
