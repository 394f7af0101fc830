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
      error?.message.contains("\"adamm\"") == true && error?.message.contains("Adam, LossScaleOptimizer, SGD") == true)
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
      (["use_ema": true], "use_ema"), (["gradient_accumulation_steps": 2], "gradient_accumulation_steps"),
      (["learning_rate": ["class_name": "CosineDecay", "config": [:]]], "CosineDecay"), (["momentum": 2.0], "momentum"),
      (["clipnorm": 1.0, "clipvalue": 1.0], "clipnorm and clipvalue"), (["clipnorm": -1.0], "clipnorm"),
      (["decay": 0.1], "decay"), (["momentum": "much"], "momentum"),
    ] as [(JSONObject, String)])
  func settingsThatMakeNoSenseAreErrors(config: JSONObject, mention: String) throws {
    let error = #expect(throws: CoreError.self) { try OptimizerCoder().optimizer(named: "sgd", config: config) }
    #expect(error?.code == .invalidConfig)
    #expect(error?.description.contains(mention) == true && error?.path == ["SGD"])
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
