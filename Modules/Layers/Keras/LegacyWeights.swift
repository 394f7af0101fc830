internal import TensorCore

/// The tree of weights in legacy HDF5: a group per layer, with names in attributes, assigned by order.
struct LegacyWeights {
  let archive: any ArrayArchive
  /// `"model_weights"`, or `""` in a file of weights only.
  let group: String

  private struct Layer {
    let name: String
    let weights: [String]
  }

  /// One tensor per key of a built model. Nothing is read before every count and shape has been compared.
  ///
  /// As in Keras, layers that own weights are assigned in order, whatever their names; where counts or shapes do not
  /// fit so, by name.
  func tensors(for root: BuiltLayer, keys: [WeightKey]) throws(CoreError) -> [Tensor] {
    let cudnn = CuDNNForms(root)
    let stored = try layers().filter { !$0.weights.isEmpty }
    let wanted = root.children.filter { !$0.keys.isEmpty }
    var paths: [Int: String] = [:]
    if try fit(stored, wanted, cudnn) {
      for (layer, built) in zip(stored, wanted) { assign(layer, built, &paths) }
    } else {
      try assignByName(stored, wanted, cudnn, &paths)
    }
    var tensors: [Int: Tensor] = [:]
    for key in keys {
      guard let path = paths[key.slot] else { throw missing(key) }
      tensors[key.slot] = try archive.tensor(at: path)
    }
    cudnn.convert(&tensors)
    return keys.compactMap { tensors[$0.slot]?.cast(to: $0.spec.dtype) }
  }

  private func assign(_ layer: Layer, _ built: BuiltLayer, _ paths: inout [Int: String]) {
    for (name, key) in zip(layer.weights, built.legacyKeys) { paths[key.slot] = join(group, layer.name, name) }
  }

  private func fit(_ stored: [Layer], _ wanted: [BuiltLayer], _ cudnn: CuDNNForms) throws(CoreError) -> Bool {
    guard stored.count == wanted.count else { return false }
    for (layer, built) in zip(stored, wanted) where !(try fits(layer, built, cudnn)) { return false }
    return true
  }

  private func fits(_ layer: Layer, _ built: BuiltLayer, _ cudnn: CuDNNForms) throws(CoreError) -> Bool {
    guard layer.weights.count == built.keys.count else { return false }
    for (name, key) in zip(layer.weights, built.legacyKeys) {
      let path = join(group, layer.name, name)
      guard try archive.exists(path), cudnn.accepts(try archive.spec(of: path).shape, key) else { return false }
    }
    return true
  }

  private func assignByName(
    _ stored: [Layer], _ wanted: [BuiltLayer], _ cudnn: CuDNNForms, _ paths: inout [Int: String]
  ) throws(CoreError) {
    for built in wanted {
      guard let layer = stored.first(where: { $0.name == built.name }) else {
        let names = stored.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw CoreError(
          .missingWeight,
          "found weights of \(stored.count) layers (\(names)), expected \(built.keys.count) for layer \"\(built.name)\"",
          path: [archive.name, group])
      }
      let keys = built.legacyKeys
      guard layer.weights.count == keys.count else {
        let names = keys.map(\.path).joined(separator: ", ")
        throw CoreError(
          .missingWeight,
          "found \(layer.weights.count) weights (\(layer.weights.joined(separator: ", "))), expected \(keys.count) "
            + "(\(names))", path: [archive.name, group, layer.name])
      }
      for (name, key) in zip(layer.weights, keys) { try check(join(group, layer.name, name), key, cudnn) }
      assign(layer, built, &paths)
    }
  }

  private func check(_ path: String, _ key: WeightKey, _ cudnn: CuDNNForms) throws(CoreError) {
    guard try archive.exists(path) else {
      throw CoreError(
        .missingWeight, "found no array, expected \(key.spec) for \(key.path)", path: [archive.name, path])
    }
    let spec = try archive.spec(of: path)
    guard cudnn.accepts(spec.shape, key) else {
      throw CoreError(
        .shapeMismatch, "found shape \(spec.shape), expected \(key.spec.shape) for \(key.path)",
        path: [archive.name, path])
    }
  }

  private func missing(_ key: WeightKey) -> CoreError {
    CoreError(.missingWeight, "found no weight for \(key.path), expected \(key.spec)", path: [archive.name, group])
  }

  private func layers() throws(CoreError) -> [Layer] {
    guard let names = try archive.names("layer_names", at: group) else {
      throw CoreError(.invalidFile, "found no attribute \"layer_names\", expected a list", path: [archive.name, group])
    }
    var layers: [Layer] = []
    for name in names {
      guard try archive.exists(join(group, name)) else {
        throw CoreError(
          .missingWeight, "found no group for layer \"\(name)\", which layer_names lists", path: [archive.name, group])
      }
      layers.append(Layer(name: name, weights: try archive.names("weight_names", at: join(group, name)) ?? []))
    }
    return layers
  }
}

/// Writes the tree that `LegacyWeights` reads.
struct LegacyWeightsWriter {
  let dialect: KerasDialect

  func write(
    _ model: Model, to archive: inout some MutableArrayArchive, at group: String
  ) throws(CoreError) {
    try archive.makeGroup(group)
    let isSequential = model.root.layer is Sequential
    // Operations are no layers in Keras 3; in Keras 2 they are.
    let layers = model.layers.filter { layer in
      let isOperation = (layer.layer as? GraphOperation).map { $0.tensorFlowFunction == nil } ?? false
      return !isOperation && !(isSequential && layer.layer is InputLayer)
    }
    try archive.setNames("layer_names", at: group, layers.map(\.name))
    try archive.setAttribute("backend", at: group, .string("tensorflow"))
    try archive.setAttribute("keras_version", at: group, .string(dialect.version))
    let weightNames = model.legacyWeightNames(dialect)
    for layer in layers {
      try archive.makeGroup(join(group, layer.name))
      let keys = layer.legacyKeys
      let names = keys.map { (weightNames[$0.slot] ?? $0.path) + (dialect == .keras2 ? ":0" : "") }
      let settings = dialect == .keras2 ? (layer.layer as? any Keras2Weights)?.keras2Weights ?? [] : []
      try archive.setNames("weight_names", at: join(group, layer.name), names + settings.map(\.name))
      for (name, tensor) in settings { try archive.write(tensor, at: join(group, layer.name, name)) }
      for (name, key) in zip(names, keys) {
        try archive.write(model.weights[key], at: join(group, layer.name, name))
      }
    }
    try archive.makeGroup(join(group, "top_level_model_weights"))
    try archive.setNames("weight_names", at: join(group, "top_level_model_weights"), [])
  }
}

/// Of layers whose settings Keras 2 keeps among its weights besides, and counts.
protocol Keras2Weights: Layer {
  var keras2Weights: [(name: String, tensor: Tensor)] { get }
}

extension BuiltLayer {
  /// Trainable weights first, then the others, as Keras lists a layer's weights. A frozen layer keeps its own order.
  var legacyKeys: [WeightKey] { keys.filter(\.isTrainable) + keys.filter { !$0.isTrainable } }
}

/// A path from parts that may be empty.
func join(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: "/") }

extension ArrayArchive {
  /// A list of names, which Keras splits into `name0`, `name1`, … where it is long. nil where there is none.
  func names(_ attribute: String, at path: String) throws(CoreError) -> [String]? {
    if let value = try self.attribute(attribute, at: path) { return try strings(value, attribute, path) }
    var names: [String] = []
    var index = 0
    while let value = try self.attribute("\(attribute)\(index)", at: path) {
      names += try strings(value, attribute, path)
      index += 1
    }
    return index == 0 ? nil : names
  }

  private func strings(_ value: ArchiveValue, _ attribute: String, _ path: String) throws(CoreError) -> [String] {
    switch value {
    case .strings(let names): return names
    case .string(let name): return [name]
    case .numbers(let numbers) where numbers.isEmpty: return []
    default:
      throw CoreError(
        .invalidFile, "found attribute \"\(attribute)\" that is no list of names, expected one", path: [name, path])
    }
  }
}

extension MutableArrayArchive {
  /// A list of names; split as Keras does where it would exceed what an HDF5 object header holds.
  mutating func setNames(_ attribute: String, at path: String, _ names: [String]) throws(CoreError) {
    let limit = 64512
    let longest = names.map(\.utf8.count).max() ?? 0
    guard names.count * longest > limit else {
      return try setAttribute(attribute, at: path, .strings(names))
    }
    var pieceCount = 2
    while (names.count + pieceCount - 1) / pieceCount * longest > limit, pieceCount < names.count { pieceCount += 1 }
    let (size, larger) = names.count.quotientAndRemainder(dividingBy: pieceCount)
    var start = 0
    for piece in 0..<pieceCount {
      let end = start + size + (piece < larger ? 1 : 0)
      try setAttribute("\(attribute)\(piece)", at: path, .strings(Array(names[start..<end])))
      start = end
    }
  }
}
