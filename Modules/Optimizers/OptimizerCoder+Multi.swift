internal import TensorCore

// `MultiOptimizer`, whose config holds a map of others.
extension OptimizerCoder {
  func multi(_ config: JSONObject) throws(CoreError) -> any Optimizer {
    do {
      return try decodeMulti(config)
    } catch {
      throw error.path.first == MultiOptimizer.kind ? error : error.inside(MultiOptimizer.kind)
    }
  }

  private func decodeMulti(_ config: JSONObject) throws(CoreError) -> any Optimizer {
    guard let map = config["optimizer_map"]?["config"], let described = map["default_optimizer"] else {
      throw CoreError(.invalidConfig, "found no optimizer_map with a default_optimizer, expected an OptimizerMap")
    }
    var assignments: [MultiOptimizer.Assignment] = []
    for (pattern, optimizer) in map["optimizer_map"]?.objectValue ?? [:] {
      do {
        assignments.append(.init(pattern, try self.optimizer(from: optimizer)))
      } catch {
        throw error.inside("optimizer_map")
      }
    }
    var result = MultiOptimizer(assignments, default: try optimizer(from: described))
    let name = config["name"]?.stringValue
    result.settings.name = name == Self.snakeCase(MultiOptimizer.kind) ? nil : name
    result.settings.lossScaleFactor = config["loss_scale_factor"]?.doubleValue
    for (key, value) in config where !["name", "optimizer_map", "loss_scale_factor"].contains(key) {
      result.settings.unknownKeys[key] = value
    }
    try result.validateAll()
    return result
  }

  /// Throws where the dialect is that of Keras 2, which has none.
  func config(of optimizer: MultiOptimizer) throws(CoreError) -> JSONObject {
    guard dialect == .keras3 else {
      throw CoreError(.invalidConfig, "found MultiOptimizer, which Keras 2 does not know; expected another optimizer")
    }
    let optimizers = optimizer.optimizers
    var map: JSONObject = [:]
    for (assignment, inner) in zip(optimizer.assignments, optimizers) {
      map[assignment.pattern] = try serialized(inner)
    }
    let config: JSONObject = [
      "default_optimizer": try serialized(optimizers[optimizers.count - 1]), "optimizer_map": .object(map),
    ]
    return [
      "optimizer_map": [
        "module": "keras.optimizers", "class_name": "OptimizerMap", "config": .object(config), "registered_name": nil,
      ],
      "loss_scale_factor": optimizer.settings.lossScaleFactor.map { .number($0) } ?? nil,
      "name": .string(optimizer.variablePrefix(dialect)),
    ]
  }
}
