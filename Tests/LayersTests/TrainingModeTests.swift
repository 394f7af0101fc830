import Layers
import TensorCore
import Testing

/// What layers do in training that they do not in inference.
@Suite struct TrainingModeTests {
  private func run(_ model: Model, _ x: Tensor, isTraining: Bool = true, seed: UInt64 = 1) -> (Tensor, CallContext) {
    var context = CallContext(weights: model.weights, isTraining: isTraining, random: RandomKey(seed: seed))
    return (model([x], &context)[0], context)
  }

  // MARK: Dropout

  private func dropout(_ layer: Dropout) throws -> Model {
    try Model(Sequential([InputLayer(shape: [100]), layer]))
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func dropoutDropsItsShareAndScalesTheRest(_ rate: Double) throws {
    let model = try dropout(Dropout(rate))
    let values = run(model, Tensor.ones([200, 100])).0.scalars(of: Float.self)
    let share = Double(values.filter { $0 == 0 }.count) / Double(values.count)
    // Five standard errors of 20,000 draws.
    #expect(abs(share - rate) < 5 * (rate * (1 - rate) / 20_000).squareRoot())
    let kept = Float(1 / (1 - rate))
    #expect(values.allSatisfy { $0 == 0 || abs($0 - kept) < 1e-5 * kept })
    let untouched = run(model, Tensor.ones([200, 100]), isTraining: false).0
    #expect(untouched.scalars(of: Float.self).allSatisfy { $0 == 1 })
  }

  @Test func dropoutIsTheSameForAKeyAndOtherForAnother() throws {
    let model = try dropout(Dropout(0.5))
    let x = Tensor.ones([3, 100])
    let first = run(model, x).0.scalars(of: Float.self)
    #expect(run(model, x).0.scalars(of: Float.self) == first)
    #expect(run(model, x, seed: 2).0.scalars(of: Float.self) != first)
    Execution.$threadCount.withValue(3) { #expect(run(model, x).0.scalars(of: Float.self) == first) }
  }

  @Test func twoDropoutsInARowDropDifferentThings() throws {
    let x = Symbol.input([100])
    let model = try Model(inputs: [x], outputs: [Dropout(0.5)(x), Dropout(0.5)(x)])
    var context = CallContext(weights: model.weights, isTraining: true, random: RandomKey(seed: 1))
    let outputs = model([Tensor.ones([2, 100])], &context)
    #expect(outputs[0].scalars(of: Float.self) != outputs[1].scalars(of: Float.self))
  }

  @Test func aNoiseShapeDropsWholeRows() throws {
    let model = try dropout(Dropout(0.5, noiseShape: [nil, 1]))
    let rows = run(model, Tensor.ones([50, 100])).0.scalars(of: Float.self)
    for row in 0..<50 { #expect(Set(rows[(row * 100)..<(row * 100 + 100)]).count == 1) }
    #expect(Set(rows) == [0, 2])
  }

  @Test(arguments: [[nil, 3], [nil], [5, 1]] as [[Int?]])
  func aNoiseShapeThatDoesNotBroadcastIsRefused(_ shape: [Int?]) {
    let error = #expect(throws: CoreError.self) { try dropout(Dropout(0.5, noiseShape: shape)) }
    #expect(error?.message.contains("noise_shape") == true)
  }

  @Test(arguments: [-0.1, 1.1, .nan])
  func aRateThatIsNoShareIsRefused(_ rate: Double) {
    let error = #expect(throws: CoreError.self) { try dropout(Dropout(rate)) }
    #expect(error?.message.contains("rate") == true)
  }

  // MARK: BatchNormalization

  private func normalization(_ isTrainable: Bool, keras: Int = 3, axis: Int = -1, shape: [Int?] = [3]) throws -> Model {
    var layers = Sequential([InputLayer(shape: shape)])
    layers.add(BatchNormalization(axis: axis, momentum: 0), name: "bn", isTrainable: isTrainable)
    return try Model(layers, kerasMajorVersion: keras)
  }

  @Test func aFrozenNormalizationUsesAndKeepsItsStatistics() throws {
    let model = try normalization(false)
    let x = Tensor.randomNormal([10, 3], mean: 5, standardDeviation: 2, key: RandomKey(seed: 1))
    let (y, context) = run(model, x)
    #expect(context.updates.isEmpty)
    #expect(y.scalars(of: Float.self) == run(model, x, isTraining: false).0.scalars(of: Float.self))
    #expect(model.trainableParameterCount == 0)
  }

  @Test func aNormalizationInAFrozenModelIsFrozen() throws {
    var layers = Sequential([InputLayer(shape: [3])])
    layers.add(Sequential([BatchNormalization(), Dense(units: 2)]), name: "block", isTrainable: false)
    let model = try Model(layers)
    #expect(model.trainableParameterCount == 0)
    #expect(run(model, Tensor.ones([4, 3])).1.updates.isEmpty)
  }

  @Test func anUnfrozenOneMovesItsStatistics() throws {
    let model = try normalization(true)
    let x = Tensor.randomNormal([1000, 3], mean: 5, standardDeviation: 2, key: RandomKey(seed: 1))
    let (y, context) = run(model, x)
    #expect(context.updates.map(\.key.path) == ["bn/moving_mean", "bn/moving_variance"])
    #expect(context.updates[0].value.scalars(of: Float.self).allSatisfy { abs($0 - 5) < 0.3 })
    #expect(context.updates[1].value.scalars(of: Float.self).allSatisfy { abs($0 - 4) < 0.6 })
    let mean = y.mean(axes: [0], keepDims: false).scalars(of: Float.self)
    #expect(mean.allSatisfy { abs($0) < 1e-4 })
  }

  /// Keras 2's fused path, which takes images with channels last or first, moves by the unbiased variance.
  @Test(
    arguments: [(2, -1, 8.0 / 7), (2, 1, 12.0 / 11), (2, 2, 1.0), (3, -1, 1.0), (3, 1, 1.0)] as [(Int, Int, Double)])
  func theMovingVarianceOfImagesIsUnbiasedInKeras2(_ keras: Int, _ axis: Int, _ factor: Double) throws {
    let model = try normalization(true, keras: keras, axis: axis, shape: [2, 2, 3])
    let x = Tensor.randomNormal([2, 2, 2, 3], key: RandomKey(seed: 3))
    let found = run(model, x).1.updates[1].value.scalars(of: Float.self)
    let expected = run(try normalization(true, axis: axis, shape: [2, 2, 3]), x).1.updates[1].value
    for (a, b) in zip(found, expected.scalars(of: Float.self)) { #expect(abs(Double(a / b) - factor) < 1e-5) }
  }

  // MARK: A mode in the file

  private func model(_ training: JSON, dialect: KerasDialect) throws -> Model {
    let call: JSON =
      dialect == .keras2
      ? [["x", 0, 0, ["training": training]]]
      : [
        "args": [["class_name": "__keras_tensor__", "config": ["keras_history": ["x", 0, 0]]]],
        "kwargs": ["training": training, "mask": nil],
      ]
    let json: JSON = [
      "class_name": "Functional",
      "config": [
        "name": "net", "input_layers": [["x", 0, 0]], "output_layers": [["drop", 0, 0]],
        "layers": [
          ["class_name": "InputLayer", "name": "x", "config": ["batch_shape": [nil, 100]], "inbound_nodes": []],
          ["class_name": "Dropout", "name": "drop", "config": ["rate": 0.5], "inbound_nodes": [call]],
        ],
      ],
    ]
    guard let functional = try KerasConfig(dialect: dialect).model(from: json) as? Functional else {
      throw CoreError(.invalidConfig, "expected Functional")
    }
    return try Model(functional, kerasMajorVersion: dialect.rawValue)
  }

  /// In Keras 2 a call's own mode holds; fit, evaluate and predict of Keras 3 override it.
  @Test(arguments: KerasDialect.allCases, [true, false])
  func aModeStoredWithACallHoldsInKeras2(_ dialect: KerasDialect, _ stored: Bool) throws {
    let model = try model(.bool(stored), dialect: dialect)
    for isTraining in [true, false] {
      let isDropping = run(model, Tensor.ones([2, 100]), isTraining: isTraining).0.scalars(of: Float.self).contains(0)
      #expect(isDropping == (dialect == .keras2 ? stored : isTraining))
    }
  }
}
