internal import TensorCore

/// Between recipes and the `config` objects of Keras: properties in camel case, keys in snake case.
struct KerasCoder {
  let dialect: KerasDialect
  let host: PluginHost

  private var userInfo: [CodingUserInfoKey: any Sendable] { [.kerasDialect: dialect, .pluginHost: host] }

  func encode(_ layer: some Layer) throws -> JSONObject {
    var encoder = JSONValueEncoder()
    encoder.keyStrategy = .snakeCase
    encoder.userInfo = userInfo
    return try encoder.encode(layer).objectValue ?? [:]
  }

  /// The recipe of a config; keys that it lacks come from the template. Keys that no recipe property has are returned.
  func decode<L: Layer>(_ config: JSONObject, over template: L) throws -> (layer: any Layer, unknown: JSONObject) {
    let known = try encode(template)
    var union = known
    var unknown: JSONObject = [:]
    for (key, value) in config {
      if known[key] == nil { unknown[key] = value } else { union[key] = value }
    }
    var decoder = JSONValueDecoder()
    decoder.keyStrategy = .snakeCase
    decoder.userInfo = userInfo
    return (try decoder.decode(L.self, from: .object(union)), unknown)
  }
}
