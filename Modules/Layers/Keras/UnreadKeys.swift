internal import TensorCore

extension Model {
  /// The keys in the configs of its layers that no setting here has, behind the layer's path: `"block/dense.lora_rank"`.
  ///
  /// They are kept and written back, and have no effect: what they ask for, where it changes what Keras computes, is not
  /// done. Those that say nothing, `null` and `false`, are not listed.
  public var unreadKeys: [String] { root.unreadKeys }
}

extension BuiltLayer {
  fileprivate var unreadKeys: [String] {
    let name = path.joined(separator: "/")
    return ownUnreadKeys.map { "\(name).\($0)" } + children.flatMap(\.unreadKeys)
  }
}

extension LayerNode {
  /// Keys that the recipe does not have and that say something.
  var unreadKeys: [String] {
    extras.filter { !$0.value.isNull && $0.value != false && !Self.keysOfAllLayers.contains($0.key) }.map(\.key)
  }

  /// What any layer may have, read where its place is: with its policy and its input, or not needed, since shapes follow from
  /// the inputs. And what only counts beside `renorm`, which is listed.
  private static let keysOfAllLayers: Set = [
    "dtype", "batch_input_shape", "batch_shape", "input_dtype", "renorm_momentum", "build_input_shape",
  ]
}
