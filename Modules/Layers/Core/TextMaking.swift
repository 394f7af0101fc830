internal import TensorCore

/// Of layers whose output may be text.
protocol TextMaking: Layer {
  var makesText: Bool { get }
}

extension BuiltLayer {
  /// Whether its output is text: uint8 here, with the bytes last; strings in Keras.
  var makesText: Bool { (layer as? any TextMaking)?.makesText ?? false }

  /// Whether it is, or begins with, an input of strings.
  var takesText: Bool { (layer as? InputLayer)?.isText ?? children.first?.takesText ?? false }
}

extension Shape {
  /// The shape of the strings in a tensor of text.
  var withoutBytes: Shape { Shape(Array(array.dropLast())) }
}
