public import Layers
internal import Optimizers
public import TensorCore

extension Trainer {
  /// The trainer of a file: its model, training config and optimizer state.
  ///
  /// Throws `invalidConfig` where the file was never compiled, and where it asks for a loss, metric or setting that is
  /// not known.
  public convenience init(file: KerasFile, seed: UInt64 = 0, host: PluginHost = .shared) throws(CoreError) {
    let dialect = OptimizerDialect(of: file)
    guard let json = file.trainingConfig else {
      throw CoreError(
        .invalidConfig, "found no training config, expected one; give optimizer and loss", path: [file.model.name])
    }
    var config = try TrainingConfig(
      from: json, outputNames: file.model.outputNames, dialect: dialect, host: host)
    if var multi = config.optimizer as? MultiOptimizer, file.model.root.layer is Sequential {
      multi.pathPrefix = file.model.name + "/"
      config.optimizer = multi
    }
    // The file says whether the loss is scaled.
    try self.init(file.model, config: config, seed: seed, autoScaleLoss: false)
    let variables = file.optimizerWeights.map { OptimizerVariable(name: $0.name, tensor: $0.tensor) }
    state = try OptimizerState(
      kerasVariables: variables, of: config.optimizer, weights: model.weights, dialect: dialect)
  }

  /// The model with training config and optimizer state, for a file of a dialect.
  public func kerasFile(
    _ dialect: KerasDialect = .keras3, host: PluginHost = .shared
  ) throws(CoreError) -> KerasFile {
    let target = OptimizerDialect(rawValue: dialect.rawValue) ?? .keras3
    let keys = model.weights.trainableIndices.map { model.weights.keys[$0] }
    let names = model.legacyWeightNames(dialect)
    let variables = state.kerasVariables(
      of: optimizer, weightNames: keys.map { names[$0.slot] ?? $0.path }, dialect: target, weights: model.weights)
    return KerasFile(
      model: model, trainingConfig: try config.json(outputNames: model.outputNames, dialect: target, host: host),
      optimizerWeights: variables.map { KerasFile.NamedTensor(name: $0.name, tensor: $0.tensor) },
      kerasVersion: dialect.version)
  }
}

extension OptimizerDialect {
  fileprivate init(of file: KerasFile) {
    self = OptimizerDialect(rawValue: KerasDialect(version: file.kerasVersion).rawValue) ?? .keras3
  }
}
