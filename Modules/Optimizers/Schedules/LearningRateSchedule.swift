public import TensorCore

/// A learning rate that depends on the number of the step. Keras: `LearningRateSchedule`.
///
/// Stored properties, named as Keras's keys in camel case, are the Keras config. One file per schedule; a plugin adds one
/// with `PluginHost.register(_:)`.
public protocol LearningRateSchedule: Codable, Hashable, Sendable {
  /// Keras's class name, or `"package>Name"` as Keras registers custom classes.
  static var kind: String { get }

  /// Supplies the values of the keys that a config lacks. Numbers that it must have are NaN here, which `validate` refuses.
  static var template: Self { get }

  /// What Keras 3 writes as `name` of one that has none, where its class takes a name; nil: it takes none.
  static var defaultName: String? { get }

  /// The learning rate of the step after this many: the first step's is that of 0.
  func learningRate(after iterations: Int) -> Double

  /// Throws `invalidConfig` where a setting makes no sense.
  func validate() throws(CoreError)
}

extension LearningRateSchedule {
  public static var defaultName: String? { nil }

  public func validate() throws(CoreError) {}

  func validateAll() throws(CoreError) {
    do throws(CoreError) {
      try validate()
    } catch {
      throw error.inside(Self.kind).inside("learning_rate")
    }
  }

  /// Throws where a number that a config must have is missing (NaN in the template) or none that can be calculated with.
  func validate(_ value: Double, _ key: String) throws(CoreError) {
    guard value.isFinite else {
      throw CoreError(.invalidConfig, "found \(key) \(value.isNaN ? "missing" : "infinite"), expected a number")
    }
  }

  /// Throws where a number of steps is not above 0.
  func validateSteps(_ steps: Double, _ key: String) throws(CoreError) {
    try validate(steps, key)
    guard steps > 0 else {
      throw CoreError(.invalidConfig, "found \(key) \(steps), expected a number above 0")
    }
  }
}
