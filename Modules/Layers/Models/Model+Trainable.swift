public import TensorCore

extension Model {
  /// This model, with its weights, in which training changes some layers or leaves them as they are. Keras:
  /// `layer.trainable = ...`, which reaches all layers inside.
  ///
  /// A frozen `BatchNormalization` calculates in training as in inference, and its statistics stay.
  ///
  /// - Parameters:
  ///   - isTrainable: whether the layers are trained.
  ///   - paths: layers by their names from the model inwards, `"block/dense"`; an empty path is the model itself.
  /// - Throws: `unknownName` where there is no such layer.
  public func settingTrainable(_ isTrainable: Bool, _ paths: [String]) throws(CoreError) -> Model {
    var root: any Layer = root.layer
    for path in paths {
      do throws(CoreError) {
        root = try Self.setting(isTrainable, path[...], in: root)
      } catch {
        throw error.inside(name)
      }
    }
    let inputLayers = inputs.map { input in
      var layer = InputLayer(shape: [], dtype: input.dtype)
      layer.batchShape = input.batchShape
      return (input.name, layer)
    }
    let tensors = weights.tensors
    return try Model(
      root: root, name: name, inputLayers: inputLayers, outputNames: outputNames,
      start: .values { _, _ in tensors }, dtype: origin.dtype, host: origin.host, kerasMajorVersion: kerasMajorVersion)
  }

  private static func setting(
    _ isTrainable: Bool, _ path: Substring, in layer: any Layer
  ) throws(CoreError) -> any Layer {
    let nodes = (layer as? Sequential)?.nodes ?? (layer as? Functional)?.nodes ?? []
    guard !path.isEmpty else {
      let inside = nodes.map { node in with(node) { $0.set(isTrainable) } }
      return replacing(inside, in: layer, isTrainable: isTrainable)
    }
    // Names of layers may have slashes themselves: the longest that fits is meant.
    let fits = nodes.indices.filter { path == nodes[$0].name || path.hasPrefix(nodes[$0].name + "/") }
    guard let index = fits.max(by: { nodes[$0].name.count < nodes[$1].name.count }) else {
      throw CoreError(
        .unknownName,
        "found no layer \"\(path)\", expected one of \(nodes.map(\.name).joined(separator: ", "))")
    }
    var changed = nodes
    if path == nodes[index].name {
      changed[index].set(isTrainable)
    } else {
      changed[index].layer = try setting(
        isTrainable, path.dropFirst(nodes[index].name.count + 1), in: nodes[index].layer)
    }
    return replacing(changed, in: layer, isTrainable: nil)
  }

  fileprivate static func replacing(_ nodes: [LayerNode], in layer: any Layer, isTrainable: Bool?) -> any Layer {
    if var sequential = layer as? Sequential {
      sequential.nodes = nodes
      if let isTrainable { sequential.extras["trainable"] = .bool(isTrainable) }
      return sequential
    }
    guard var functional = layer as? Functional else { return layer }
    functional.nodes = nodes
    if let isTrainable { functional.extras["trainable"] = .bool(isTrainable) }
    return functional
  }
}

extension LayerNode {
  /// Whether this layer and all inside are trained.
  fileprivate mutating func set(_ isTrainable: Bool) {
    self.isTrainable = isTrainable
    let inside = ((layer as? Sequential)?.nodes ?? (layer as? Functional)?.nodes ?? []).map { node in
      with(node) { $0.set(isTrainable) }
    }
    layer = Model.replacing(inside, in: layer, isTrainable: nil)
  }
}

private func with(_ node: LayerNode, _ change: (inout LayerNode) -> Void) -> LayerNode {
  var node = node
  change(&node)
  return node
}
