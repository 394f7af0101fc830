import Apus
import ArgumentParser

/// What a model's outputs are compared by.
struct ObjectiveOptions: ParsableArguments {
  static let forms = """
    Optimizer, loss and metrics are a name (adam), a name with settings (adam:learning_rate=0.01,beta_1=0.8), Keras's \
    own JSON, or @file.json with such JSON. Those that are not given are the file's.
    """

  @Option(help: ArgumentHelp("The loss; once for all outputs or once for each.", valueName: "loss"))
  var loss: [String] = []

  @Option(help: ArgumentHelp("A metric to report besides the loss; repeat it for more.", valueName: "metric"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp(
      "What the losses of several outputs are multiplied with before they are added: a number for each (1,0.5) or by "
        + "name (kind=1,place=0.5).", valueName: "weights"))
  var lossWeights: String?

  /// The file's training config with these options in it.
  func config(over config: JSON?) throws(CoreError) -> JSONObject {
    var config = config?.objectValue ?? [:]
    if !loss.isEmpty {
      var losses: [JSON] = []
      for text in loss { losses.append(try Settings.json(text, option: "--loss")) }
      config["loss"] = losses.count == 1 ? losses[0] : .array(losses)
      if config["loss_weights"]?.arrayValue?.count != losses.count { config["loss_weights"] = .null }
    }
    if let lossWeights { config["loss_weights"] = try Self.lossWeights(lossWeights) }
    if !metric.isEmpty {
      var metrics: [JSON] = []
      for text in metric { metrics.append(try Settings.json(text, option: "--metric")) }
      (config["metrics"], config["weighted_metrics"]) = (.array(metrics), .null)
    }
    guard let loss = config["loss"], !loss.isNull else {
      throw CoreError(.invalidArgument, "found no loss, neither in the file nor as --loss; expected one")
    }
    return config
  }

  private static func lossWeights(_ text: String) throws(CoreError) -> JSON {
    guard text.contains("=") else {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Double($0) }
      guard numbers.count == parts.count else {
        throw CoreError(.invalidArgument, "--loss-weights: found \"\(text)\", expected numbers such as 1,0.5")
      }
      return .array(numbers.map { .number($0) })
    }
    var weights: JSONObject = [:]
    for (name, number) in try Settings.numbers(text, option: "--loss-weights") { weights[name] = .number(number) }
    return .object(weights)
  }

  /// Throws where a setting that was typed is none of its loss or metric.
  func check(_ config: TrainingConfig) throws(CoreError) {
    for (index, text) in loss.enumerated() where index < config.outputs.count {
      try Settings.check(text, Settings.names(of: config.outputs[index].loss), option: "--loss")
    }
    for (index, text) in metric.enumerated() where index < config.outputs[0].metrics.count {
      guard let metric = config.outputs[0].metrics[index].metric else { continue }
      try Settings.check(text, Settings.names(of: metric) + ["name"], option: "--metric")
    }
  }
}

extension Optimizer {
  /// The keys of its config, those that all optimizers share included.
  func settingNames() throws(CoreError) -> [String] {
    try OptimizerCoder().config(of: Self.template).keys.filter { $0 != "name" }
  }
}
