internal import Layers
internal import TensorCore

extension Model {
  /// Throws where the config of a layer asks for something that would not happen: penalties and constraints of weights.
  func checkTrainable() throws(CoreError) { try Self.check(root.layer, path: []) }

  private static func check(_ layer: any Layer, path: [String]) throws(CoreError) {
    let nodes = (layer as? Sequential)?.nodes ?? (layer as? Functional)?.nodes ?? []
    for node in nodes {
      for (key, value) in node.extras
      where (key.hasSuffix("_regularizer") || key.hasSuffix("_constraint")) && !value.isNull {
        throw CoreError(
          .invalidConfig,
          "found \(key) \(value["class_name"] ?? value), which training cannot honour; expected null",
          path: path + [node.name])
      }
      try check(node.layer, path: path + [node.name])
    }
  }
}
