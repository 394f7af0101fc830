public import TensorCore

/// What a whole-model file holds: the model, how it was being trained, and the optimizer's state.
///
/// Training config and optimizer state are kept as Keras wrote them; the module Training gives them meaning. Reads and
/// writes legacy HDF5 through any archive: this file knows no HDF5.
public struct KerasFile: Sendable {
  public struct NamedTensor: Sendable {
    public var name: String
    public var tensor: Tensor

    public init(name: String, tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
  }

  public var model: Model
  /// `{"optimizer_config": ..., "loss": ..., "metrics": ...}`; nil in a file that was never compiled.
  public var trainingConfig: JSON?
  /// In the optimizer's own order.
  public var optimizerWeights: [NamedTensor]
  /// As the file says it (`"2.15.0"`); nil in files of Keras 1.
  public var kerasVersion: String?

  public init(
    model: Model, trainingConfig: JSON? = nil, optimizerWeights: [NamedTensor] = [],
    kerasVersion: String? = KerasDialect.keras3.version
  ) {
    (self.model, self.trainingConfig) = (model, trainingConfig)
    (self.optimizerWeights, self.kerasVersion) = (optimizerWeights, kerasVersion)
  }

  /// Reads a whole model.
  ///
  /// Throws `invalidFile` where the archive holds none, `unknownLayerKind` naming all unknown kinds, `invalidConfig`,
  /// `missingWeight` or `shapeMismatch` naming the weight. A training config that cannot be read is no error here.
  public init(from archive: some ArrayArchive, host: PluginHost = .shared) throws(CoreError) {
    guard let text = try archive.string("model_config", at: "") else {
      throw CoreError(
        .invalidFile,
        "found no attribute \"model_config\", expected a whole model; weights alone do not say their layers",
        path: [archive.name])
    }
    var version = try archive.string("keras_version", at: "")
    if version == nil { version = try archive.string("keras_version", at: "model_weights") }
    do throws(CoreError) {
      let config = KerasConfig(dialect: KerasDialect(version: version), host: host)
      let recipe = try config.model(from: JSON(parsing: text))
      model = try Self.build(recipe, from: archive, version: version, host: host)
    } catch {
      throw error.path.first == archive.name ? error : error.inside(archive.name)
    }
    trainingConfig = nil
    if let text = try archive.string("training_config", at: "") { trainingConfig = try? JSON(parsing: text) }
    optimizerWeights = try Self.optimizerWeights(in: archive)
    kerasVersion = version
  }

  private static func build(
    _ recipe: any Layer, from archive: some ArrayArchive, version: String?, host: PluginHost
  ) throws(CoreError) -> Model {
    let major = KerasDialect.majorVersion(version)
    let start = Model.Start.values { (root, keys) throws(CoreError) in
      try LegacyWeights(archive: archive, group: "model_weights").tensors(for: root, keys: keys)
    }
    if let functional = recipe as? Functional {
      return try Model(functional, start: start, host: host, kerasMajorVersion: major)
    }
    guard let sequential = recipe as? Sequential else {
      throw CoreError(.invalidConfig, "found \(type(of: recipe).kind), expected a model")
    }
    return try Model(sequential, start: start, host: host, kerasMajorVersion: major)
  }

  private static func optimizerWeights(in archive: some ArrayArchive) throws(CoreError) -> [NamedTensor] {
    let group = "optimizer_weights"
    guard try archive.exists(group), let names = try archive.names("weight_names", at: group) else { return [] }
    var weights: [NamedTensor] = []
    for name in names { weights.append(NamedTensor(name: name, tensor: try archive.tensor(at: join(group, name)))) }
    return weights
  }

  /// Writes a whole model in a dialect's legacy form. Throws what the archive throws.
  public func write(
    to archive: inout some MutableArrayArchive, dialect: KerasDialect = .keras3, host: PluginHost = .shared
  ) throws(CoreError) {
    let config = try KerasConfig(dialect: dialect, host: host).json(of: model)
    try archive.setAttribute("keras_version", at: "", .string(dialect.version))
    try archive.setAttribute("backend", at: "", .string("tensorflow"))
    try archive.setAttribute("model_config", at: "", .string(config.serialized()))
    if let trainingConfig {
      try archive.setAttribute("training_config", at: "", .string(trainingConfig.serialized()))
    }
    try LegacyWeightsWriter(dialect: dialect).write(model, to: &archive, at: "model_weights")
    guard !optimizerWeights.isEmpty else { return }
    try archive.makeGroup("optimizer_weights")
    try archive.setNames("weight_names", at: "optimizer_weights", optimizerWeights.map(\.name))
    for weight in optimizerWeights { try archive.write(weight.tensor, at: join("optimizer_weights", weight.name)) }
  }
}

extension ArrayArchive {
  /// A string attribute; a list of one counts as its one string. nil where there is none.
  func string(_ attribute: String, at path: String) throws(CoreError) -> String? {
    guard try exists(path), let value = try self.attribute(attribute, at: path) else { return nil }
    switch value {
    case .string(let text): return text
    case .strings(let texts) where texts.count == 1: return texts[0]
    default:
      throw CoreError(.invalidFile, "found attribute \"\(attribute)\" that is no string", path: [name, path])
    }
  }
}
