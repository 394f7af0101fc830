public import TensorCore

/// An object that a config names: an initializer, a regularizer, a constraint. Its class name and what it is made with.
///
/// Keras writes `{"module": ..., "class_name": ..., "config": ..., "registered_name": ...}`, and reads a plain name too.
/// A class of a plugin goes by its registered name, `"package>Name"`.
public protocol KerasObject: Codable, Hashable, Sendable {
  /// Keras's class name, or the registered name.
  var className: String { get }
  var config: JSONObject { get }

  init(_ className: String, config: JSONObject)

  /// What it is called in errors: `"initializer"`.
  static var noun: String { get }
  /// Where Keras has its own: `"keras.initializers"`.
  static var module: String { get }
  /// From short names and those of older versions to the class name; nil where the name is not one of them.
  static func className(of name: String) -> String?
}

extension KerasObject {
  public init(from decoder: any Decoder) throws {
    switch try JSON(from: decoder) {
    case .string(let name): self.init(Self.className(of: name) ?? name, config: [:])
    case .object(let object):
      guard let name = object["class_name"]?.stringValue else {
        throw CoreError(.invalidConfig, "found \(Self.noun) \(JSON.object(object)), expected a \"class_name\" in it")
      }
      let registered = object["registered_name"]?.stringValue.flatMap { $0.contains(">") ? $0 : nil }
      self.init(registered ?? Self.className(of: name) ?? name, config: object["config"]?.objectValue ?? [:])
    case let other:
      throw CoreError(.invalidConfig, "found \(Self.noun) \(other), expected a name or a serialised object")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    let isCustom = className.contains(">")
    let name = className.split(separator: ">").last.map(String.init) ?? className
    let object: JSON = [
      "module": isCustom ? nil : .string(Self.module), "class_name": .string(name), "config": .object(config),
      "registered_name": isCustom ? .string(className) : nil,
    ]
    try object.encode(to: encoder)
  }
}

extension JSONObject {
  /// A number of the config, or what stands where there is none.
  ///
  /// Throws where there is something else than a number.
  func number(_ key: String, default value: Double, of owner: String) throws(CoreError) -> Double {
    guard let found = self[key], !found.isNull else { return value }
    guard let number = found.doubleValue else {
      throw CoreError(.invalidConfig, "\(owner): found \(key) \(found), expected a number")
    }
    return number
  }
}
