internal import TensorCore

/// How a config is spelled: Keras 2 and Keras 3 differ in keys and nesting.
public enum KerasDialect: Int, Sendable, CaseIterable {
  case keras2 = 2
  case keras3 = 3

  /// The version that files in this dialect claim.
  public var version: String { self == .keras2 ? "2.15.0" : "3.15.1" }

  /// The dialect of a file that says `keras_version`; files without it are from Keras 1, whose configs resemble 2.
  public init(version: String?) {
    self = Self.majorVersion(version) >= 3 ? .keras3 : .keras2
  }

  /// `"2.1.6-tf"` is 2; nil is 1.
  public static func majorVersion(_ version: String?) -> Int {
    guard let version else { return 1 }
    return Int(version.prefix { $0.isNumber }) ?? 1
  }
}

extension CodingUserInfoKey {
  static let kerasDialect = CodingUserInfoKey(rawValue: "apus.kerasDialect")!
  static let pluginHost = CodingUserInfoKey(rawValue: "apus.pluginHost")!
}

extension Decoder {
  /// The major version of Keras whose meaning a config has; 3 outside of files.
  var kerasMajorVersion: Int { (userInfo[.kerasDialect] as? KerasDialect ?? .keras3).rawValue }
}

extension Encoder {
  var kerasDialect: KerasDialect { userInfo[.kerasDialect] as? KerasDialect ?? .keras3 }
}
