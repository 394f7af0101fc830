internal import TensorCore

// Models inside models: their config is that of a whole model, which KerasConfig reads and writes.

extension Sequential: Codable {
  public init(from decoder: any Decoder) throws {
    self = try decoder.composite(Self.self)
  }

  public func encode(to encoder: any Encoder) throws {
    try JSON.object(encoder.kerasConfig.config(of: self, nil, name: name)).encode(to: encoder)
  }
}

extension Functional: Codable {
  public init(from decoder: any Decoder) throws {
    self = try decoder.composite(Self.self)
  }

  public func encode(to encoder: any Encoder) throws {
    try JSON.object(encoder.kerasConfig.config(of: self, nil, name: name)).encode(to: encoder)
  }
}

extension Decoder {
  var kerasConfig: KerasConfig {
    let host = userInfo[.pluginHost] as? PluginHost ?? .shared
    return KerasConfig(dialect: userInfo[.kerasDialect] as? KerasDialect ?? .keras3, host: host)
  }

  fileprivate func composite<L: Layer>(_ type: L.Type) throws -> L {
    guard let layer = try kerasConfig.composite(className: L.kind, config: JSON(from: self)) as? L else {
      throw CoreError(.invalidConfig, "found a model of another kind, expected \(L.kind)")
    }
    return layer
  }
}

extension Encoder {
  var kerasConfig: KerasConfig {
    KerasConfig(dialect: kerasDialect, host: userInfo[.pluginHost] as? PluginHost ?? .shared)
  }
}
