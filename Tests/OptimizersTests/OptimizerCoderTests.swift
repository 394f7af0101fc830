import Optimizers
import TensorCore
import Testing

@Suite struct OptimizerCoderTests {
  @Test(arguments: ["Adam", "adam", "Custom>Adam", "ADAM"])
  func findsAnOptimizerByAnyOfItsNames(name: String) throws {
    #expect(try OptimizerCoder().optimizer(named: name) is Adam)
  }

  @Test func unknownNameSaysWhichThereAre() throws {
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(named: "adamm") }
    #expect(error?.code == .unknownName)
    #expect(
      error?.message.contains("\"adamm\"") == true && error?.message.contains("Adagrad, Adam, AdamW, Adamax") == true)
  }

  /// As Keras 2.15 writes a training config; its own keys come back.
  @Test func readsAndWritesKeras2() throws {
    let text = #"""
      {"class_name": "Custom>SGD", "config": {"name": "SGD", "weight_decay": 0.25, "clipnorm": null,
       "global_clipnorm": null, "clipvalue": 0.5, "use_ema": false, "ema_momentum": 0.99,
       "ema_overwrite_frequency": null, "jit_compile": true, "is_legacy_optimizer": false,
       "learning_rate": 0.05000000074505806, "momentum": 0.9, "nesterov": true}}
      """#
    let json = try JSON(parsing: text)
    let coder = OptimizerCoder(dialect: .keras2)
    let sgd = try #require(try coder.optimizer(from: json) as? SGD)
    #expect(sgd.momentum == 0.9 && sgd.nesterov && sgd.settings.weightDecay == 0.25 && sgd.settings.clipvalue == 0.5)
    #expect(try coder.json(of: sgd) == json)
    let keras3 = try OptimizerCoder().config(of: sgd)
    #expect(keras3["jit_compile"] == nil && keras3["name"] == "sgd" && keras3["momentum"] == 0.9)
    #expect(keras3["learning_rate"] == 0.05000000074505806)
  }

  @Test func unknownKeysSurvive() throws {
    let coder = OptimizerCoder()
    let adam = try coder.optimizer(named: "Adam", config: ["name": "mine", "new_key": [1, 2], "lr": 0.5])
    #expect(adam.learningRate == 0.5)
    let config = try coder.config(of: adam)
    #expect(config["new_key"] == [1, 2] && config["name"] == "mine")
  }

  @Test(
    arguments: [
      (["use_ema": true, "ema_momentum": 1.5], "ema_momentum"), (["use_ema": "yes"], "use_ema"),
      (["use_ema": true, "ema_overwrite_frequency": 0], "ema_overwrite_frequency"),
      (["gradient_accumulation_steps": 1], "gradient_accumulation_steps"),
      (["gradient_accumulation_steps": 2.5], "gradient_accumulation_steps"),
      (["learning_rate": ["class_name": "CosineDecay", "config": [:]]], "initial_learning_rate"),
      (["learning_rate": "fast"], "learning_rate"), (["momentum": 2.0], "momentum"),
      (["clipnorm": 1.0, "clipvalue": 1.0], "clipnorm and clipvalue"), (["clipnorm": -1.0], "clipnorm"),
      (["decay": -0.1], "decay"), (["momentum": "much"], "momentum"), (["weight_decay": -1.0], "weight_decay"),
    ] as [(JSONObject, String)])
  func settingsThatMakeNoSenseAreErrors(config: JSONObject, mention: String) throws {
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(named: "sgd", config: config) }
    #expect(error?.code == .invalidConfig)
    #expect(error?.description.contains(mention) == true && error?.path.first == "SGD")
  }

  @Test(
    arguments: [
      ("RMSprop", ["rho": 1.5], "rho"), ("RMSprop", ["centered": 3], "centered"),
      ("AdamW", ["weight_decay": nil], "weight_decay"),
      ("Adamax", ["beta_1": 1.0], "beta_1"), ("Nadam", ["epsilon": -1.0], "epsilon"),
      ("Adagrad", ["initial_accumulator_value": -1.0], "initial_accumulator_value"), ("Adadelta", ["rho": -0.1], "rho"),
      ("Ftrl", ["learning_rate_power": 0.5], "learning_rate_power"),
      ("Ftrl", ["l1_regularization_strength": -1.0], "l1_regularization_strength"), ("Lion", ["beta_1": 0.0], "beta_1"),
      ("Lamb", ["beta_2": 2.0], "beta_2"), ("Adafactor", ["clip_threshold": 0.0], "clip_threshold"),
      ("Muon", ["exclude_layers": ["("]], "exclude_layers"), ("Muon", ["ns_steps": -1], "ns_steps"),
    ] as [(String, JSONObject, String)])
  func settingsOfRulesThatMakeNoSenseAreErrors(kind: String, config: JSONObject, mention: String) throws {
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(named: kind, config: config) }
    #expect(error?.code == .invalidConfig)
    #expect(error?.description.contains(mention) == true && error?.path.first == kind)
  }

  @Test(
    arguments: [
      ("ExponentialDecay", ["initial_learning_rate": 0.1, "decay_steps": 10], "decay_rate"),
      ("ExponentialDecay", ["initial_learning_rate": 0.1, "decay_steps": 0, "decay_rate": 0.5], "decay_steps"),
      ("PolynomialDecay", ["initial_learning_rate": 0.1, "decay_steps": 10, "speed": 2], "speed"),
      ("PolynomialDecay", ["initial_learning_rate": 0.1, "decay_steps": 10, "power": "big"], "power"),
      ("PiecewiseConstantDecay", ["boundaries": [1, 2], "values": [1.0, 0.5]], "boundaries"),
      ("CosineDecay", ["initial_learning_rate": 0.1, "decay_steps": 10, "warmup_steps": -1], "warmup_steps"),
      ("CosineDecayRestarts", ["initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 0.0], "t_mul"),
      ("LinearDecay", [:], "CosineDecay, CosineDecayRestarts, ExponentialDecay"),
    ] as [(String, JSONObject, String)])
  func schedulesThatMakeNoSenseAreErrors(kind: String, config: JSONObject, mention: String) throws {
    let rate: JSON = ["class_name": .string(kind), "config": .object(config)]
    let error = #expect(throws: CoreError.self) {
      try OptimizerCoder().optimizer(named: "adam", config: ["learning_rate": rate])
    }
    #expect(error?.description.contains(mention) == true)
    #expect(error?.path.starts(with: ["Adam", "learning_rate"]) == true)
  }

  /// The argument `decay` of Keras before 2.11 is a schedule since.
  @Test func decayOfTheLearningRateIsASchedule() throws {
    let config: JSONObject = ["lr": 0.5, "decay": 0.25, "momentum": 0.9]
    let sgd = try OptimizerCoder(dialect: .keras2).optimizer(named: "SGD", config: config)
    let rates = (0..<3).map { sgd.learningRate(after: $0) }
    #expect(rates == [0.5, Double(Float(0.5) / 1.25), Double(Float(0.5) / 1.5)])
    let written = try OptimizerCoder().config(of: sgd)
    #expect(written["learning_rate"]?["class_name"] == "InverseTimeDecay" && written["decay"] == nil)
    #expect(try OptimizerCoder().optimizer(named: "SGD", config: ["decay": 0.0]).settings.schedule == nil)
    // Nadam's is another thing.
    #expect(try OptimizerCoder().optimizer(named: "Nadam", config: ["decay": 0.004]).settings.schedule == nil)
  }

  @Test func keras2CannotAddGradientsUp() throws {
    let sgd = try OptimizerCoder().optimizer(named: "SGD", config: ["gradient_accumulation_steps": 2])
    let error = #expect(throws: CoreError.self) { try OptimizerCoder(dialect: .keras2).config(of: sgd) }
    #expect(error?.message.contains("gradient_accumulation_steps") == true)
  }

  /// A schedule of an outsider.
  struct Halving: LearningRateSchedule {
    static let kind = "acme>Halving"
    static let template = Halving()
    var every = 10

    func learningRate(after iterations: Int) -> Double { 1 / Double(1 << (iterations / every)) }
  }

  @Test func pluginsBringSchedules() throws {
    var host = PluginHost()
    host.register(Halving.self)
    let coder = OptimizerCoder(host: host)
    let json = try coder.serialized(Halving(every: 3))
    #expect(json["registered_name"] == "acme>Halving" && json["config"] == ["every": 3])
    let adam = try coder.optimizer(named: "adam", config: ["learning_rate": json])
    #expect(adam.settings.schedule as? Halving == Halving(every: 3))
    let rates = (0..<7).map { adam.learningRate(after: $0) }
    #expect(rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25])
    #expect(try coder.config(of: adam)["learning_rate"] == json)
  }

  /// An outsider's rule: a type, a template, one function.
  struct SignDescent: Optimizer {
    static let kind = "acme>SignDescent"
    static let template = SignDescent()
    var learningRate = 0.1
    var settings = OptimizerSettings()
    var slotNames: [String] { ["last_sign"] }

    func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
      slots[0] = gradient.sign()
      weight = weight - slots[0] * learningRate
    }
  }

  @Test func pluginsBringOptimizers() throws {
    var host = PluginHost()
    host.register(SignDescent.self)
    let coder = OptimizerCoder(host: host)
    let config: JSONObject = ["learning_rate": 0.5, "clipvalue": 2.0]
    let rule = try coder.optimizer(named: "signdescent", config: config)
    #expect(rule is SignDescent && rule.learningRate == 0.5 && rule.settings.clipvalue == 2)
    #expect(try coder.serialized(rule)["registered_name"] == "acme>SignDescent")
    #expect(try coder.optimizer(from: coder.serialized(rule)) is SignDescent)
  }
}
