import Data
import Foundation
import IO_HDF5
import Layers
import TensorCore
import Testing

/// A file per family of layers, with one of every kind in it, written by us and opened by real Keras.
@Suite struct EveryLayerInKerasTests {
  private static let families = [
    "layers", "layers_shaping", "layers_attention", "layers_wrapper", "layers_recurrence",
  ]

  private struct Family {
    let name: String
    let model: Model
    let inputs: [Tensor]
    let kinds: [String]
  }

  @Test(arguments: [3, 2])
  func kerasOpensEveryLayerThatWeWrite(version: Int) throws {
    let keras = RealKeras(majorVersion: version)
    let folder = try TemporaryFolder()
    let families = try Self.families.map { try family($0, version) }
    var jobs: [[String]] = []
    for family in families {
      let file = folder.path(family.name + ".h5")
      try KerasFile(model: family.model).write(to: file, dialect: try #require(KerasDialect(rawValue: version)))
      var job = ["predict", file, "--out", folder.path(family.name + ".npy")]
      for (index, input) in family.inputs.enumerated() {
        job += ["--x", try folder.save(input, "\(family.name)_x\(index).npy")]
      }
      jobs.append(job)
    }
    _ = try keras.run(jobs, in: folder.url)
    for family in families {
      let ours = try family.model.predict(family.inputs)
      for (index, output) in ours.enumerated() {
        let theirs = try NPY.read(folder.path("\(family.name)_\(index).npy"))
        let kind = family.model.outputNames[index]
        if let finding = difference(output.cast(to: .float32), theirs.cast(to: .float32), kind) {
          Issue.record("\(family.name): \(finding)")
        }
      }
      print("Keras \(version) opens \(family.kinds.count) kinds of layers in \(family.name).h5")
    }
  }

  /// The first configuration of every class that needs no mask, on one sample.
  private func family(_ list: String, _ version: Int) throws -> Family {
    let dialect = try #require(KerasDialect(rawValue: version))
    let shared = version == 2 ? try Fixtures.arrays("keras2/\(list).npz") : nil
    var (layers, inputs, outputs): ([JSON], [JSON], [JSON]) = ([], [], [])
    var (data, weights, kinds): ([Tensor], [Tensor], [String]) = ([], [], [])
    for record in try Fixtures.records("keras\(version)/\(list).json") {
      let className = try record.string("class_name")
      guard !kinds.contains(className), className != "InputLayer" else { continue }
      // Keras 3 takes the score mode "dot" in a legacy file for its function of that name.
      if version == 3, className == "Attention" { continue }
      let layerCase = try LayerCase(record, dialect: dialect, arrays: shared)
      guard !layerCase.arrays.keys.contains(where: { $0.hasPrefix("mask_") }) else { continue }
      let parts = layerCase.entries(named: "case_\(layerCase.name)")
      (layers, inputs, outputs) = (layers + parts.layers, inputs + parts.inputs, outputs + parts.outputs)
      data += layerCase.inputs.map { $0.sliced(axis: 0, 0..<1) }
      weights += layerCase.weights
      kinds.append(className)
    }
    let json: JSON = [
      "class_name": "Functional",
      "config": [
        "name": .string(list), "trainable": true, "layers": .array(layers), "input_layers": .array(inputs),
        "output_layers": .array(outputs),
      ],
    ]
    let recipe = try #require(try KerasConfig(dialect: dialect).model(from: json) as? Functional)
    let values = weights
    let model = try Model(
      recipe,
      start: .values { root, keys in
        // Keras's order is not that of declaration where a wrapper holds a weight of its layer.
        let ordered = root.children.flatMap(\.keys)
        let bySlot = Dictionary(uniqueKeysWithValues: zip(ordered, values).map { ($0.slot, $1) })
        return keys.compactMap { bySlot[$0.slot] }
      }, kerasMajorVersion: version)
    return Family(name: list, model: model, inputs: data, kinds: kinds)
  }
}
