internal import TensorCore

/// Of layers whose config the versions of Keras spell differently.
protocol DialectSpelling: Layer {
  /// From any version's spelling to the keys of the properties.
  static func read(_ config: inout JSONObject)

  /// From the keys of the properties to a dialect's.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect)
}

extension DialectSpelling {
  static func read(_ config: inout JSONObject) {}
}
