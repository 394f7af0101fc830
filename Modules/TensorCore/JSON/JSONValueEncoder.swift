/// Turns `Encodable` values into ``JSON``.
///
/// Properties that are nil are written as `null`, also by synthesized conformances, because Keras writes every key of a
/// config. ``JSON`` and ``JSONObject`` values are taken as they are. Members keep the order in which they are encoded,
/// those of dictionaries are sorted.
public struct JSONValueEncoder: Sendable {
  public var keyStrategy: JSONKeyStrategy
  public var userInfo: [CodingUserInfoKey: any Sendable]

  public init(keyStrategy: JSONKeyStrategy = .asIs, userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
    (self.keyStrategy, self.userInfo) = (keyStrategy, userInfo)
  }

  /// - Throws: ``CoreError`` with the key path when the value's `encode(to:)` throws, or encodes itself in several ways
  ///   at once.
  public func encode(_ value: some Encodable) throws(CoreError) -> JSON {
    do {
      let encoding = JSONEncoding(coder: self, node: JSONNode(), codingPath: [])
      return try encoding.slot(for: value, at: []).resolved(at: [])
    } catch let error as CoreError {
      throw error
    } catch EncodingError.invalidValue(_, let context) {
      throw CoreError(
        .invalidConfig, JSONPathKey.prefix(context.codingPath) + context.debugDescription,
        cause: context.underlyingError)
    } catch {
      throw CoreError(.invalidConfig, "could not be encoded", cause: error)
    }
  }
}
