import IO_HDF5
import Layers
import TensorCore
import TestKit
import Testing

/// The whole-model files that Keras 2.15 and 3.15 wrote: read, compared with what Keras computes, written, read again.
@Suite struct ModelFileTests {
  struct Fixture: CustomTestStringConvertible, Sendable {
    let folder: String
    let name: String
    let archive: String
    let arrays: String
    let weights: [String]
    let parameters: Int

    /// Operations are those of one version.
    var hasOperations: Bool { name.contains("operations") || name.contains("explicit_mask") }
    var dialect: KerasDialect { folder == "keras2" ? .keras2 : .keras3 }
    var testDescription: String { "\(folder)/\(name)" }

    static func all() throws -> [Fixture] {
      try ["keras2", "keras3"].flatMap { folder in
        try Fixtures.records("\(folder)/models.json").map { record in
          Fixture(
            folder: folder, name: try record.string("name"), archive: "\(folder)/" + (try record.string("h5")),
            arrays: "\(folder)/" + (try record.string("npz")),
            weights: record["weights"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            parameters: record["parameters"]?.intValue ?? -1)
        }
      }
    }
  }

  @Test(arguments: try Fixture.all())
  func predictionsAreThoseOfKeras(_ fixture: Fixture) throws {
    let model = try KerasFile(from: Fixtures.archive(fixture.archive)).model
    let arrays = try Fixtures.arrays(fixture.arrays)
    #expect(model.parameterCount == fixture.parameters)
    #expect(model.weights.keys.map(\.path).sorted() == fixture.weights.sorted())
    let found = try model.predict(arrays.pieces("x"))
    let expected = arrays.pieces("predictions")
    #expect(found.count == expected.count)
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      // 16 bits: TensorFlow adds products up in them too, here the sums are float32.
      let isHalf = ["mixed_float16": 0.002, "mixed_bfloat16": 0.02].first { fixture.archive.contains($0.key) }
      let tolerance = Tolerance(absolute: isHalf?.value ?? 1e-5, relative: 0)
      #expect(difference(found, expected, "output \(index)", tolerance) == nil)
    }
  }

  @Test(arguments: try Fixture.all())
  func whatIsWrittenIsWhatKerasWrote(_ fixture: Fixture) throws {
    let original = try Fixtures.archive(fixture.archive)
    let file = try KerasFile(from: original)
    var copy = InMemoryArchive()
    try file.write(to: &copy, dialect: fixture.dialect)
    for attribute in ["keras_version", "backend"] {
      #expect(try copy.attribute(attribute, at: "") == original.attribute(attribute, at: ""))
    }
    for attribute in ["model_config", "training_config"] {
      guard case .string(let expected)? = try original.attribute(attribute, at: "") else {
        #expect(try copy.attribute(attribute, at: "") == nil)
        continue
      }
      guard case .string(let found)? = try copy.attribute(attribute, at: "") else {
        Issue.record("found no \(attribute)")
        continue
      }
      for finding in differences(withoutModules(try JSON(parsing: found)), try JSON(parsing: expected)) {
        Issue.record("\(attribute)\(finding)")
      }
    }
    try compareGroups(copy, original, "model_weights")
    if try original.exists("optimizer_weights") { try compareGroups(copy, original, "optimizer_weights") }
  }

  /// Without the modules of operations: files of Keras 3 leave them out, and cannot be read by it.
  private func withoutModules(_ json: JSON) -> JSON {
    guard var model = json.objectValue, var config = model["config"]?.objectValue,
      let layers = config["layers"]?.arrayValue
    else { return json }
    config["layers"] = .array(
      layers.map { entry in
        guard var entry = entry.objectValue else { return entry }
        for key in ["module", "registered_name"] { entry[key] = nil }
        return withoutModules(.object(entry))
      })
    model["config"] = .object(config)
    return .object(model)
  }

  /// Every attribute and every array below a group, bit for bit; names may differ where Keras 2 leaves out a nested
  /// model's, which its own layers of equal names would not survive.
  private func compareGroups(_ found: InMemoryArchive, _ expected: HDF5Archive, _ path: String) throws {
    for attribute in ["layer_names", "backend", "keras_version"] {
      #expect(try found.attribute(attribute, at: path) == expected.attribute(attribute, at: path), "\(path)")
    }
    let ours = try arrays(of: found, path)
    let theirs = try arrays(of: expected, path)
    #expect(ours.count == theirs.count, "\(path)")
    for (a, b) in zip(ours, theirs) {
      let name = b.name
      #expect(a.name == name || a.name.hasSuffix("/" + name), "\(path)")
      #expect(a.tensor.spec == b.tensor.spec, "\(path)/\(name)")
      #expect(a.tensor.withBytes { Array($0) } == b.tensor.withBytes { Array($0) }, "\(path)/\(name)")
    }
    guard case .strings(let layers)? = try expected.attribute("layer_names", at: path) else { return }
    for layer in layers + ["top_level_model_weights"] { try compareGroups(found, expected, "\(path)/\(layer)") }
  }

  private func arrays(of archive: some ArrayArchive, _ path: String) throws -> [(name: String, tensor: Tensor)] {
    guard case .strings(let names)? = try archive.attribute("weight_names", at: path) else { return [] }
    return try names.map { ($0, try archive.tensor(at: "\(path)/\($0)")) }
  }

  @Test(arguments: try Fixture.all())
  func theWrittenFileGivesTheSameModel(_ fixture: Fixture) throws {
    let file = try KerasFile(from: Fixtures.archive(fixture.archive))
    for dialect in fixture.hasOperations ? [fixture.dialect] : KerasDialect.allCases {
      let name = "\(fixture.testDescription) as Keras \(dialect.rawValue).h5"
      let bytes = try HDF5Archive.bytes(name: name) { (archive: inout HDF5Writer) throws(CoreError) in
        try file.write(to: &archive, dialect: dialect)
      }
      let again = try KerasFile(from: HDF5Archive(bytes: bytes, name: name))
      #expect(again.model.weights.keys == file.model.weights.keys)
      for (a, b) in zip(again.model.weights.tensors, file.model.weights.tensors) {
        #expect(a.withBytes { Array($0) } == b.withBytes { Array($0) })
      }
      let config = KerasConfig(dialect: dialect)
      #expect(differences(try config.json(of: again.model), try config.json(of: file.model)).isEmpty)
      #expect(again.trainingConfig == file.trainingConfig)
      #expect(again.optimizerWeights.map(\.name) == file.optimizerWeights.map(\.name))
      let x = try Fixtures.arrays(fixture.arrays).pieces("x")
      for (a, b) in zip(try again.model.predict(x), try file.model.predict(x)) {
        #expect(a.withBytes { Array($0) } == b.withBytes { Array($0) })
      }
    }
  }
}
