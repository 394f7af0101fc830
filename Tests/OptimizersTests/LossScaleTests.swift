import Optimizers
import TensorCore
import Testing

@Suite struct LossScaleTests {
  private func weights(_ tensors: [Tensor]) -> Weights {
    let keys = tensors.enumerated().map { WeightKey(slot: $0, path: "w\($0)", spec: $1.spec) }
    return Weights(keys: keys, tensors: tensors)
  }

  @Test func theScaleHalvesAndDoublesAsInKeras() {
    var scale = LossScale(8)
    for (isFinite, expected) in [
      (true, LossScale(8, finiteStepCount: 1)), (true, LossScale(8, finiteStepCount: 2)), (true, LossScale(16)),
      (true, LossScale(16, finiteStepCount: 1)), (false, LossScale(8)), (false, LossScale(4)),
      (true, LossScale(4, finiteStepCount: 1)),
    ] {
      scale.advance(gradientsAreFinite: isFinite, growthSteps: 3)
      #expect(scale == expected)
    }
  }

  @Test(arguments: [Float.infinity, -.infinity, .nan])
  func oneGradientThatIsNotFiniteSkipsTheStep(value: Float) {
    for place in 0..<4 {
      var w = weights([Tensor([1, 2, 3] as [Float]), Tensor([4] as [Float])])
      let optimizer = LossScaleOptimizer(Adam(), initialScale: 4)
      var state = OptimizerState(for: optimizer, weights: w)
      var numbers: [Float] = [1, 2, 3, 4]
      numbers[place] = value
      let gradients = weights([Tensor(Array(numbers[..<3])), Tensor([numbers[3]])])
      optimizer.step(&w, gradients: gradients, state: &state)
      #expect(w.tensors[0].scalars(of: Float.self) == [1, 2, 3] && w.tensors[1].scalars(of: Float.self) == [4])
      #expect(state.iterations == 0 && state.lossScale == LossScale(2))
      #expect(state.slots[1][0].scalars(of: Float.self) == [0])
    }
  }

  @Test func gradientsAreUnscaledBeforeTheyAreClipped() {
    var w = weights([Tensor([0, 0] as [Float])])
    let inner = SGD(learningRate: 1, settings: OptimizerSettings(clipvalue: 1))
    let optimizer = LossScaleOptimizer(inner, initialScale: 4)
    var state = OptimizerState(for: optimizer, weights: w)
    optimizer.step(&w, gradients: weights([Tensor([2, -40] as [Float])]), state: &state)
    #expect(w.tensors[0].scalars(of: Float.self) == [-0.5, 1])
    #expect(state.iterations == 1)
  }

  @Test func readsAndWritesBothDialects() throws {
    let scaled = LossScaleOptimizer(
      Adam(learningRate: 0.5, settings: OptimizerSettings(clipnorm: 2)), initialScale: 64, dynamicGrowthSteps: 7)
    for dialect in [OptimizerDialect.keras2, .keras3] {
      let coder = OptimizerCoder(dialect: dialect)
      let json = try coder.json(of: scaled)
      #expect(json["class_name"] == (dialect == .keras2 ? "LossScaleOptimizerV3" : "LossScaleOptimizer"))
      #expect(json["config"]?["inner_optimizer"]?["class_name"] == "Adam")
      #expect(json["config"]?["dynamic"] == (dialect == .keras2 ? true : nil))
      #expect(json["config"]?["name"] == (dialect == .keras3 ? "loss_scale_optimizer" : nil))
      let read = try #require(try coder.optimizer(from: json) as? LossScaleOptimizer)
      #expect(read.initialScale == 64 && read.dynamicGrowthSteps == 7)
      let adam = try #require(read.innerOptimizer as? Adam)
      #expect(adam.learningRate == 0.5 && adam.settings.clipnorm == 2)
    }
  }

  /// What Keras 2 calls not dynamic, and Keras 3 a setting of the optimizer itself.
  @Test func aFixedScaleIsReadAndWritten() throws {
    let fixed = SGD(learningRate: 0.25, settings: OptimizerSettings(lossScaleFactor: 16))
    let two = try OptimizerCoder(dialect: .keras2).json(of: fixed)
    #expect(two["class_name"] == "LossScaleOptimizerV3")
    #expect(two["config"]?["dynamic"] == false && two["config"]?["initial_scale"]?.doubleValue == 16)
    #expect(two["config"]?["dynamic_growth_steps"]?.isNull == true)
    #expect(two["config"]?["inner_optimizer"]?["config"]?["loss_scale_factor"] == nil)
    let three = try OptimizerCoder().json(of: fixed)
    #expect(three["class_name"] == "SGD" && three["config"]?["loss_scale_factor"]?.doubleValue == 16)
    for (json, dialect) in [(two, OptimizerDialect.keras2), (three, .keras3)] {
      let read = try OptimizerCoder(dialect: dialect).optimizer(from: json)
      #expect(read is SGD && read.settings.lossScaleFactor == 16 && read.learningRate == 0.25)
    }
    // Inside a LossScaleOptimizer there is no other scale.
    #expect(LossScaleOptimizer(fixed).innerOptimizer.settings.lossScaleFactor == nil)
  }

  /// As Keras 3 before 3.5 writes it: settings that it does not use, all at their defaults.
  @Test func settingsAtTheirDefaultsAreNoError() throws {
    let config: JSONObject = [
      "name": "loss_scale_optimizer", "weight_decay": nil, "clipnorm": nil, "global_clipnorm": nil, "clipvalue": nil,
      "use_ema": false, "ema_momentum": 0.99, "ema_overwrite_frequency": nil, "loss_scale_factor": nil,
      "gradient_accumulation_steps": nil, "inner_optimizer": ["class_name": "SGD", "config": ["learning_rate": 0.5]],
      "initial_scale": 32768.0, "dynamic_growth_steps": 2000,
    ]
    let read = try OptimizerCoder().optimizer(named: "LossScaleOptimizer", config: config)
    #expect(read is LossScaleOptimizer && read.learningRate == 0.5)
  }

  @Test(
    arguments: [
      ([:], "inner_optimizer"), (["inner_optimizer": 5], "inner_optimizer"),
      (["inner_optimizer": ["class_name": "Adamm", "config": [:]]], "Adamm"),
      (["inner_optimizer": ["class_name": "SGD", "config": ["momentum": "much"]]], "momentum"),
      (["inner_optimizer": "sgd", "initial_scale": "big"], "initial_scale"),
      (["inner_optimizer": "sgd", "initial_scale": 0.0], "initial_scale"),
      (["inner_optimizer": "sgd", "dynamic_growth_steps": 2.5], "dynamic_growth_steps"),
      (["inner_optimizer": "sgd", "dynamic_growth_steps": -1], "dynamic_growth_steps"),
      (["inner_optimizer": "sgd", "dynamic": 1], "dynamic"), (["inner_optimizer": "sgd", "dynamic": false], "dynamic"),
      (["inner_optimizer": "sgd", "clipnorm": 1.0], "clipnorm"),
      (["inner_optimizer": "sgd", "use_ema": true], "use_ema"),
      (
        ["inner_optimizer": ["class_name": "LossScaleOptimizer", "config": ["inner_optimizer": "sgd"]]],
        "inner_optimizer"
      ),
    ] as [(JSONObject, String)])
  func configsThatMakeNoSenseNameTheKey(config: JSONObject, mention: String) throws {
    let error = #expect(throws: CoreError.self) {
      try OptimizerCoder().optimizer(named: "LossScaleOptimizer", config: config)
    }
    #expect(error?.path.first == "LossScaleOptimizer")
    #expect(error?.description.contains(mention) == true, "\(String(describing: error))")
  }

  @Test func variablesOfTheWrongKindAreErrors() throws {
    let w = weights([Tensor.zeros([2])])
    let scaled = LossScaleOptimizer(SGD(momentum: 0.5))
    var variables = OptimizerState(for: scaled, weights: w).kerasVariables(
      of: scaled, weightNames: ["a/kernel"], dialect: .keras3, weights: w)
    #expect(
      variables.map(\.name) == [
        "loss_scale_optimizer/iteration", "loss_scale_optimizer/learning_rate", "loss_scale_optimizer/step_counter",
        "loss_scale_optimizer/dynamic_scale", "sgd/iteration", "sgd/learning_rate",
        "loss_scale_optimizer/sgd/a_kernel_momentum",
      ])
    variables[3].tensor = Tensor([1, 2] as [Float])
    let error = #expect(throws: CoreError.self) {
      try OptimizerState(kerasVariables: variables, of: scaled, weights: w, dialect: .keras3)
    }
    #expect(error?.code == .invalidFile && error?.message.contains("dynamic_scale") == true)
  }

  @Test func anyCoderTakesIt() throws {
    let scaled = LossScaleOptimizer(SGD(learningRate: 0.5, momentum: 0.25), initialScale: 2, dynamicGrowthSteps: 3)
    let json = try JSONValueEncoder(keyStrategy: .snakeCase).encode(scaled)
    let read = try JSONValueDecoder(keyStrategy: .snakeCase).decode(LossScaleOptimizer.self, from: json)
    #expect(read.initialScale == 2 && read.dynamicGrowthSteps == 3)
    #expect((read.innerOptimizer as? SGD)?.momentum == 0.25 && read.learningRate == 0.5)
  }
}
