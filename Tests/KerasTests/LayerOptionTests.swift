import Layers
import TensorCore
import Testing

/// Whether the fixtures leave anything of a layer's config untried.
@Suite struct LayerOptionTests {
  private static let lists =
    [
      "layers", "layers_shaping", "layers_attention", "layers_wrapper", "layers_recurrence", "layers_channels_first",
      "layers_odd", "layers_image", "layers_preprocessing", "layers_option", "layers_mask", "recurrent",
      "preprocessing",
      "images", "states",
    ].map { "keras3/\($0).json" } + ["keras2/recurrent.json", "keras2/local.json", "keras2/layers_random_sizes.json"]

  /// Kinds that have other tests: those of whole models, of functions that a host registers.
  private static let otherKinds: Set = ["InputLayer", "Sequential", "Functional", "Lambda"]

  /// What changes nothing that a layer computes, or is tried with models.
  private static let otherKeys: Set = [
    "name", "trainable", "dtype", "batch_input_shape",
    // How Keras 2 computes, not what; and sequences with the time before the batch, which are refused.
    "implementation", "time_major",
    // Sparse and quantized tensors are neither read nor written.
    "sparse", "ragged", "quantization_config",
    // Statistics over several devices.
    "synchronized",
  ]

  /// Keys of which Keras itself takes one value alone, and those of kinds that other fixtures convert.
  private static let only: Set = [
    "Resizing.fill_mode", "IntegerLookup.vocabulary_dtype", "StringLookup.encoding", "StringLookup.oov_method",
    "TextVectorization.encoding", "SimpleRNN.activity_regularizer",
    // cuDNN's layers compute as the plain ones do.
    "CuDNNGRU.units", "CuDNNLSTM.units", "CuDNNGRU.stateful", "CuDNNLSTM.stateful", "CuDNNLSTM.unit_forget_bias",
  ]

  private struct Values {
    var configs = 0
    var values: [String: Set<JSON>] = [:]
    /// In how many configs a key is.
    var counts: [String: Int] = [:]
  }

  @Test func everyOptionOfEveryLayerHasTwoValuesInTheFixtures() throws {
    var found: [String: Values] = [:]
    for list in Self.lists { collect(try Fixtures.json(list), &found) }
    let kinds = Set(PluginHost().layers.names).subtracting(Self.otherKinds)
    #expect(kinds.subtracting(found.keys).sorted() == [], "no fixture has these kinds")
    var (options, same): (Int, [String]) = (0, [])
    for kind in kinds.sorted() {
      guard let all = found[kind] else { continue }
      for (key, values) in all.values where !Self.otherKeys.contains(key) && !Self.only.contains("\(kind).\(key)") {
        options += 1
        // A key that not every config has is an option of its own.
        let isRule =
          kind.hasPrefix("CuDNN") && ["initializer", "regularizer", "constraint"].contains { key.hasSuffix($0) }
        if values.count == 1, all.counts[key] == all.configs, !isRule { same.append("\(kind).\(key)") }
      }
    }
    print("\(options) options of \(kinds.count) layers; of one value alone: \(same.count)")
    #expect(same.sorted() == [], "these have the same value in every fixture")
  }

  /// Every layer in a fixture, inside of others too.
  private func collect(_ json: JSON, _ found: inout [String: Values]) {
    if let items = json.arrayValue {
      for item in items { collect(item, &found) }
    } else if let object = json.objectValue {
      if let kind = object["class_name"]?.stringValue, let config = object["config"]?.objectValue {
        var values = found[kind] ?? Values()
        values.configs += 1
        for (key, value) in config {
          values.values[key, default: []].insert(value)
          values.counts[key, default: 0] += 1
        }
        found[kind] = values
      }
      for (_, value) in object { collect(value, &found) }
    }
  }
}
