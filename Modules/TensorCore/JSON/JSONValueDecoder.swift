/// Makes `Decodable` values from ``JSON``.
///
/// Integers may be written as floats without fraction and floats as integers. ``JSON`` and ``JSONObject`` properties take
/// what stands in their place as it is.
public struct JSONValueDecoder: Sendable {
  public var keyStrategy: JSONKeyStrategy
  public var userInfo: [CodingUserInfoKey: any Sendable]

  public init(keyStrategy: JSONKeyStrategy = .asIs, userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
    (self.keyStrategy, self.userInfo) = (keyStrategy, userInfo)
  }

  /// - Throws: ``CoreError`` whose message names the key path, what was expected and what was found:
  ///   `layers.3.config.kernel_size: expected an integer, found "a"`. A `CoreError` thrown by a type's own `init(from:)`
  ///   keeps its code and gains the key path.
  public func decode<T: Decodable>(_ type: T.Type, from value: JSON) throws(CoreError) -> T {
    do {
      return try JSONDecoding(coder: self, value: value, codingPath: []).decode(type)
    } catch {
      throw Self.coreError(error)
    }
  }

  /// Decodes a config that may lack keys: they have the values of `template`.
  ///
  /// Synthesized `Decodable` conformances ignore the default values of properties and would fail on files of older
  /// versions, so the template is encoded, its members are replaced by those of the config, and the union is decoded.
  /// - Parameters:
  ///   - type: The type of the template and of what is decoded.
  ///   - config: Keys and values as in the file. A `null` counts as a value.
  ///   - template: A value whose properties are the defaults; what it encodes are the known keys.
  /// - Returns: The value, and the keys of the config that the template does not know in the order of the config.
  /// - Throws: ``CoreError`` as ``decode(_:from:)`` does.
  public func decode<T: Codable>(
    _ type: T.Type, from config: JSONObject, over template: T
  ) throws(CoreError) -> (value: T, unknownKeys: [String]) {
    let encoded = try JSONValueEncoder(keyStrategy: keyStrategy, userInfo: userInfo).encode(template)
    guard var union = encoded.objectValue else {
      throw CoreError(.invalidConfig, "expected \(type) to encode as an object, found \(encoded.summary)")
    }
    var unknownKeys: [String] = []
    for (key, value) in config {
      if union.contains(key: key) { union[key] = value } else { unknownKeys.append(key) }
    }
    return (try decode(type, from: .object(union)), unknownKeys)
  }

  private static func coreError(_ error: any Error) -> CoreError {
    guard let context = (error as? DecodingError)?.context else {
      return error as? CoreError ?? CoreError(.invalidConfig, "could not be decoded", cause: error)
    }
    let place = JSONPathKey.prefix(context.codingPath)
    guard var inner = context.underlyingError as? CoreError else {
      return CoreError(.invalidConfig, place + context.debugDescription, cause: context.underlyingError)
    }
    inner.message = place + inner.message
    return inner
  }
}

extension DecodingError {
  fileprivate var context: Context? {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context): context
    case .dataCorrupted(let context): context
    @unknown default: nil
    }
  }
}
