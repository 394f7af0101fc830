internal import TensorCore

/// The recurrent layers of a model whose weights a file may have in the other form: those of a cuDNN layer for a plain one, or
/// the reverse. Keras 2 converts them, telling by the bias.
struct CuDNNForms {
  private struct Entry {
    let layer: any RecurrentLayer
    /// Kernel, recurrent kernel, bias.
    let keys: [WeightKey]
    /// Of the bias in the other form.
    let otherShape: Shape
  }

  private var entries: [Entry] = []

  init(_ root: BuiltLayer) { collect(root) }

  private mutating func collect(_ built: BuiltLayer) {
    for child in built.children { collect(child) }
    guard let layer = built.layer as? any RecurrentLayer, built.ownKeys.count == 3 else { return }
    switch layer.cell {
    case .lstm, .gru(resetAfter: true):
      let isCuDNN = layer is any CuDNNLayer
      let otherShape = isCuDNN ? layer.cell.biasShape(units: layer.units) : [2 * layer.cell.gateCount * layer.units]
      entries.append(Entry(layer: layer, keys: built.ownKeys, otherShape: otherShape))
    default: break
    }
  }

  /// Whether a stored shape is a weight's, in either form.
  func accepts(_ shape: Shape, _ key: WeightKey) -> Bool {
    shape == key.spec.shape || entries.contains { $0.keys[2] == key && $0.otherShape == shape }
  }

  /// Brings what is in the other form into the model's.
  ///
  /// - Parameter tensors: as stored, by slot.
  func convert(_ tensors: inout [Int: Tensor]) {
    for entry in entries where tensors[entry.keys[2].slot]?.shape == entry.otherShape {
      let stored = entry.keys.compactMap { tensors[$0.slot] }
      let weights = CuDNNWeights(gateCount: entry.layer.cell.gateCount)
      let converted =
        entry.layer is any CuDNNLayer
        ? weights.cuDNN(stored)
        : weights.plain(stored, biasShape: entry.layer.cell.biasShape(units: entry.layer.units))
      for (key, tensor) in zip(entry.keys, converted) { tensors[key.slot] = tensor }
    }
  }
}
