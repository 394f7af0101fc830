import Optimizers
import TensorCore
import Testing

@Suite struct OptimizerStepTests {
  private func weights(_ tensors: [Tensor], trainable: [Bool]? = nil) -> Weights {
    let keys = tensors.enumerated().map { index, tensor in
      WeightKey(slot: index, path: "w\(index)", spec: tensor.spec, isTrainable: trainable?[index] ?? true)
    }
    return Weights(keys: keys, tensors: tensors)
  }

  @Test func frozenWeightsStay() {
    var w = weights([Tensor([1.0, 2.0]), Tensor([3.0])], trainable: [false, true])
    let optimizer = SGD(learningRate: 0.5, settings: OptimizerSettings(weightDecay: 0.5))
    var state = OptimizerState(for: optimizer, weights: w)
    optimizer.step(&w, gradients: weights([Tensor([1.0])]), state: &state)
    #expect(w.tensors[0].scalars(of: Double.self) == [1, 2])
    #expect(w.tensors[1].scalars(of: Double.self) == [3 - 3 * 0.25 - 0.5])
    #expect(state.iterations == 1)
  }

  /// A snapshot that somebody holds is not touched by a step.
  @Test(arguments: [SGD(), SGD(momentum: 0.9), Adam(amsgrad: true)] as [any Optimizer])
  func stepsDoNotReachSnapshots(optimizer: any Optimizer) {
    var w = weights([Tensor([1.0, 2.0] as [Float])])
    var state = OptimizerState(for: optimizer, weights: w)
    let (before, beforeState) = (w, state)
    optimizer.step(&w, gradients: weights([Tensor([1.0, -1.0] as [Float])]), state: &state)
    #expect(before.tensors[0].scalars(of: Float.self) == [1, 2])
    #expect(w.tensors[0].scalars(of: Float.self) != [1, 2])
    #expect(beforeState.slots[0].allSatisfy { $0.scalars(of: Float.self) == [0, 0] })
  }

  /// The first step of Adam is the learning rate against the gradient's sign, whatever its size.
  @Test(arguments: [DType.float32, .float64]) func adamWorksInBothPrecisions(dtype: DType) {
    var w = weights([Tensor.zeros([3], dtype: dtype)])
    let adam = Adam(learningRate: 0.25, epsilon: 0)
    var state = OptimizerState(for: adam, weights: w)
    adam.step(&w, gradients: weights([Tensor([4.0, -0.5, 1000.0]).cast(to: dtype)]), state: &state)
    let found = w.tensors[0].cast(to: .float64).scalars(of: Double.self)
    for (value, expected) in zip(found, [-0.25, 0.25, -0.25]) { #expect(abs(value - expected) < 1e-5) }
  }

  @Test func variablesOfTheWrongNumberOrShapeAreErrors() throws {
    let w = weights([Tensor.zeros([2, 3]), Tensor.zeros([3])])
    let adam = Adam()
    var variables = OptimizerState(for: adam, weights: w).kerasVariables(
      of: adam, weightNames: ["a/kernel", "a/bias"], dialect: .keras2, weights: w)
    #expect(
      variables.map(\.name) == [
        "iteration:0", "Adam/m/a/kernel:0", "Adam/v/a/kernel:0", "Adam/m/a/bias:0", "Adam/v/a/bias:0",
      ])
    variables[1].tensor = Tensor.zeros([3, 2])
    let shape = #expect(throws: CoreError.self) {
      try OptimizerState(kerasVariables: variables, of: adam, weights: w, dialect: .keras2)
    }
    #expect(shape?.code == .shapeMismatch && shape?.message.contains("Adam/m/a/kernel:0") == true)
    let missing = #expect(throws: CoreError.self) {
      try OptimizerState(kerasVariables: variables.dropLast(), of: adam, weights: w, dialect: .keras2)
    }
    #expect(missing?.code == .missingWeight)
  }

  /// Before 2.11 Keras listed all momenta, then all velocities.
  @Test func readsTheOrderOfOlderKeras() throws {
    let w = weights([Tensor.zeros([2]), Tensor.zeros([2])])
    let values = [1.0, 2, 3, 4].map { Tensor([$0, $0] as [Double]).cast(to: .float32) }
    let variables =
      [OptimizerVariable(name: "Adam/iter:0", tensor: Tensor(Int64(7)))]
      + zip(["m/a", "m/b", "v/a", "v/b"], values).map { OptimizerVariable(name: $0, tensor: $1) }
    let state = try OptimizerState(kerasVariables: variables, of: Adam(), weights: w, dialect: .keras2)
    #expect(state.iterations == 7)
    #expect(state.slots.map { $0.map { $0.scalars(of: Float.self)[0] } } == [[1, 3], [2, 4]])
  }

  /// Keras outside of TensorFlow has a zero per weight in the place of Adam's third slot, momenta of an SGD without, and
  /// before 2.3 does not count the steps of every optimizer.
  @Test func readsWhatKerasOutsideOfTensorFlowWrites() throws {
    let w = weights([Tensor.zeros([2]), Tensor.zeros([2])])
    let values = [1.0, 2, 3, 4].map { Tensor([$0, $0] as [Double]).cast(to: .float32) }
    let count = [OptimizerVariable(name: "Adam/iterations:0", tensor: Tensor(Int64(7)))]
    let slots = values.enumerated().map { OptimizerVariable(name: "Variable_\($0):0", tensor: $1) }
    let zeros = [OptimizerVariable](repeating: .init(name: "zero:0", tensor: Tensor.zeros([1])), count: 2)
    let adam = try OptimizerState(kerasVariables: count + slots + zeros, of: Adam(), weights: w, dialect: .keras2)
    #expect(adam.slots.map { $0.map { $0.scalars(of: Float.self)[0] } } == [[1, 3], [2, 4]])
    let sgd = try OptimizerState(
      kerasVariables: count + Array(slots.prefix(2)), of: SGD(), weights: w, dialect: .keras2)
    #expect(sgd.iterations == 7 && sgd.slots.allSatisfy(\.isEmpty))
    let adagrad = try OptimizerState(
      kerasVariables: Array(slots.prefix(2)), of: Adagrad(), weights: w, dialect: .keras2)
    #expect(adagrad.iterations == 0)
    #expect(adagrad.slots.map { $0[0].scalars(of: Float.self)[0] } == [1, 2])
  }

  /// The rules are those of before 2.11 where a file of Keras 2 does not say otherwise.
  @Test func keras2IsLegacyUnlessItSaysOtherwise() throws {
    let coder = OptimizerCoder(dialect: .keras2)
    let config: JSONObject = ["lr": 0.5, "schedule_decay": 0.01]
    let old = try #require(try coder.optimizer(named: "Nadam", config: config) as? Nadam)
    #expect(old.settings.isLegacy && old.scheduleDecay == 0.01 && old.learningRate == 0.5)
    #expect(try coder.json(of: old)["class_name"] == "Nadam" && coder.config(of: old)["decay"] == 0.01)
    #expect(try OptimizerCoder().config(of: old)["schedule_decay"] == nil)
    #expect(try coder.optimizer(named: "Adam", config: ["is_legacy_optimizer": false]).settings.isLegacy == false)
    #expect(try coder.optimizer(named: "adam").settings.isLegacy == false)
    #expect(try OptimizerCoder().optimizer(named: "Adam", config: ["lr": 0.5]).settings.isLegacy == false)
  }

  @Test func weightsHaveTheOptimizerOfTheirPath() throws {
    let keys = ["net/a/kernel", "net/b/kernel"].enumerated().map {
      WeightKey(slot: $0, path: $1, spec: TensorSpec([2]))
    }
    var w = Weights(keys: keys, tensors: [Tensor.zeros([2]), Tensor.zeros([2])])
    let optimizer = MultiOptimizer([.init("net/a/.*", SGD(learningRate: 1))], default: SGD(learningRate: 0.25))
    var state = OptimizerState(for: optimizer, weights: w)
    optimizer.step(&w, gradients: Weights(keys: keys, tensors: [Tensor.ones([2]), Tensor.ones([2])]), state: &state)
    #expect(w.tensors.map { $0.scalars(of: Float.self) } == [[-1, -1], [-0.25, -0.25]])
    let nested = MultiOptimizer([.init("a", MultiOptimizer(default: SGD()))], default: SGD())
    #expect(throws: CoreError.self) { try nested.validateAll() }
    #expect(throws: CoreError.self) { try MultiOptimizer([.init("(", SGD())], default: SGD()).validateAll() }
    #expect(throws: CoreError.self) { try OptimizerCoder(dialect: .keras2).config(of: optimizer) }
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(named: "MultiOptimizer") }
    #expect(error?.message.contains("default_optimizer") == true)
  }
}
