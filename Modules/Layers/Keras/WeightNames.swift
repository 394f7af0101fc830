internal import TensorCore

extension Model {
  /// What each weight is called in legacy files, by its slot: layer names from the model inwards, then its own.
  ///
  /// - Parameter dialect: whose file it is; Keras 3 puts the name of a chain of layers first, Keras 2 leaves out that of a
  ///   layer which another one builds without calling it.
  package func legacyWeightNames(_ dialect: KerasDialect) -> [Int: String] {
    guard dialect == .keras2 else {
      let prefix = root.layer is Sequential ? name + "/" : ""
      return Dictionary(uniqueKeysWithValues: weights.keys.map { ($0.slot, prefix + $0.path) })
    }
    var names: [Int: String] = [:]
    root.addKeras2Names(at: [], to: &names)
    return names
  }
}

extension BuiltLayer {
  fileprivate func addKeras2Names(at path: [String], to names: inout [Int: String]) {
    let isWrapper = layer is TimeDistributed || layer is SpectralNormalization
    for key in ownKeys {
      // A name may have several parts, and a wrapper may count a weight of its layer among its own.
      let parts = key.path.split(separator: "/").map(String.init)
      names[key.slot] = (path + parts.suffix(isWrapper ? 1 : parts.count - self.path.count)).joined(separator: "/")
    }
    for child in children {
      // A model is built before it is wrapped.
      let isUnnamed = isWrapper && !(child.layer is Sequential || child.layer is Functional)
      child.addKeras2Names(at: isUnnamed ? path : path + [child.name], to: &names)
    }
  }
}
