public import TensorCore

/// A layer as a recipe: its stored properties are its Keras config, and `build` makes the function.
///
/// Three things to know: (1) stored properties, named as Keras's keys in camel case, are the config; (2) `build`
/// declares weights in Keras's order; (3) the function that it returns reads them from its context. A layer is a value
/// without weights of its own, so one recipe can be built many times.
public protocol Layer: Codable, Sendable {
  /// Keras's class name (`"Dense"`), or `"package>Name"` as Keras registers custom classes.
  static var kind: String { get }

  /// A recipe that supplies the values of the keys that a config lacks. Its properties are Keras's defaults.
  static var template: Self { get }

  /// Config keys, as Keras spells them, that have no sensible default: a config without them is an error.
  static var requiredKeys: [String] { get }

  /// What becomes of a mask that comes with the input; `stops` unless said otherwise.
  var maskRule: MaskRule { get }

  /// The penalty of the layer's outputs, which training adds to the loss; nil unless said otherwise.
  var activityRegularizer: Regularizer? { get }

  /// Keras's names of the arguments of a call, where it takes several inputs one by one; empty, unless said otherwise,
  /// where it takes them as one list.
  static var inputNames: [String] { get }

  /// Whether the layer calculates with its weights' element type under any dtype policy, because it needs the precision:
  /// normalizations do. Its inputs and outputs are cast; false unless said otherwise.
  static var keepsPrecision: Bool { get }

  /// Declares weights and returns the function for inputs like these. The first axis of every input is the batch, and
  /// its number stands for any. Throws where the inputs do not suit the layer.
  func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward
}

extension Layer {
  public static var requiredKeys: [String] { [] }

  public var maskRule: MaskRule { .stops }

  public var activityRegularizer: Regularizer? { nil }

  public static var inputNames: [String] { [] }

  static var takesInputsOneByOne: Bool { !inputNames.isEmpty }

  public static var keepsPrecision: Bool { false }

  /// Throws unless there is exactly one input, of one of these ranks.
  public func expectOneInput(_ inputs: [TensorSpec], ranks: ClosedRange<Int>) throws(CoreError) -> TensorSpec {
    guard inputs.count == 1 else {
      throw CoreError(.shapeMismatch, "\(Self.kind): found \(inputs.count) inputs, expected 1")
    }
    guard ranks.contains(inputs[0].rank) else {
      let expected = ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) or more"
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found an input \(Shape.batchDescription(inputs[0].shape)) of \(inputs[0].rank) dimensions, "
          + "expected \(expected)")
    }
    return inputs[0]
  }

  /// Throws unless `condition`, naming the config key, its value and the rule.
  public func expect(
    _ condition: Bool, _ key: String, _ value: some CustomStringConvertible, _ rule: String
  ) throws(CoreError) {
    if !condition {
      throw CoreError(.invalidConfig, "\(Self.kind): found \(key) \(value), expected \(rule)")
    }
  }
}

extension Shape {
  /// A shape in Keras's notation, the batch open: `(None, 28, 28, 6)`.
  public static func batchDescription(_ shape: Shape) -> String {
    let parts = ["None"] + shape.array.dropFirst().map(String.init)
    return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
  }
}
