import IO_HDF5
import Layers
import Plan
import TensorCore
import TestKit
import Testing

/// Files of models that take strings, as Keras 2.15 and 3.15 wrote them.
@Suite struct PreprocessingModelTests {
  struct Fixture: CustomTestStringConvertible, Sendable {
    let folder: String
    let record: JSONObject

    var testDescription: String { "\(folder)/\(record["name"]?.stringValue ?? "")" }
    var dialect: KerasDialect { folder == "keras2" ? .keras2 : .keras3 }

    static func all() throws -> [Fixture] {
      try ["keras2", "keras3"].flatMap { folder in
        try Fixtures.records("\(folder)/preprocessing_models.json").map { Fixture(folder: folder, record: $0) }
      }
    }

    func archive() throws -> HDF5Archive { try Fixtures.archive("\(folder)/" + record.string("file")) }

    func inputs() throws -> [Tensor] {
      try (record["inputs"]?.arrayValue ?? []).map { try PreprocessingCase.Value($0).tensor }
    }

    func predictions() throws -> Tensor { try PreprocessingCase.Value(record["predictions"] ?? nil).tensor }
  }

  @Test(arguments: try Fixture.all())
  func predictionsFromStringsAreThoseOfKeras(_ fixture: Fixture) throws {
    let model = try KerasFile(from: fixture.archive()).model
    let (inputs, expected) = (try fixture.inputs(), try fixture.predictions())
    for compiled in [Compilation.required, .never] {
      let found = try model.predict(inputs, compiled: compiled)[0]
      #expect(difference(found, expected, "\(compiled)", Tolerance(absolute: 1e-5, relative: 0)) == nil)
    }
    // In batches whose longest strings differ.
    let found = try model.predict(inputs, batchSize: 3)[0]
    #expect(difference(found, expected, "in batches", Tolerance(absolute: 1e-5, relative: 0)) == nil)
  }

  @Test(arguments: try Fixture.all())
  func configsAreWrittenAsKerasWroteThem(_ fixture: Fixture) throws {
    let original = try fixture.archive()
    let file = try KerasFile(from: original)
    var copy = InMemoryArchive()
    try file.write(to: &copy, dialect: fixture.dialect)
    guard case .string(let expected)? = try original.attribute("model_config", at: ""),
      case .string(let found)? = try copy.attribute("model_config", at: "")
    else {
      Issue.record("found no model_config")
      return
    }
    // Of tensors between layers Keras 3 notes what its layers promise, floats for the counts that they give as integers.
    let findings = differences(try JSON(parsing: found), try JSON(parsing: expected))
    for finding in findings where !finding.contains("/inbound_nodes[0]/args[0]") { Issue.record("\(finding)") }
    for layer in try original.children(of: "model_weights") where copy.exists("model_weights/\(layer)") {
      let path = "model_weights/\(layer)"
      #expect(try weightNames(copy, path) == weightNames(original, path), "\(path)")
    }
  }

  /// The names of a layer's weights. A layer that Keras 2 adapts has named them before it has a name of its own.
  private func weightNames(_ archive: some ArrayArchive, _ path: String) throws -> [String] {
    guard case .strings(let names)? = try archive.attribute("weight_names", at: path) else { return [] }
    return names.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
  }

  @Test(arguments: try Fixture.all())
  func filesInTheOtherDialectMeanTheSame(_ fixture: Fixture) throws {
    let model = try KerasFile(from: fixture.archive()).model
    var copy = InMemoryArchive()
    try KerasFile(model: model).write(to: &copy, dialect: fixture.dialect == .keras2 ? .keras3 : .keras2)
    let again = try KerasFile(from: copy).model
    let inputs = try fixture.inputs()
    #expect(try again.predict(inputs)[0].scalars(of: Float.self) == model.predict(inputs)[0].scalars(of: Float.self))
  }

  /// `IntegerLookup(vocabulary=[1, 2], output_mode=mode)(x).dtype` in Keras 2.15 and 3.15.
  @Test(arguments: [CategoryOutput.int, .oneHot, .multiHot, .count])
  func vectorsAreFloatsInKeras2AndIntegersInKeras3(_ mode: CategoryOutput) throws {
    let columns = mode == .oneHot ? 1 : 2
    let layers = Sequential([
      InputLayer(shape: [columns], dtype: .int64), IntegerLookup(vocabulary: [1, 2], outputMode: mode),
    ])
    for version in [2, 3] {
      let model = try Model(layers, kerasMajorVersion: version)
      let found = try model.predict(Tensor([1, 5] as [Int64], [2 / columns, columns]))
      #expect(found.dtype == (version == 2 && mode != .int ? .float32 : .int64), "Keras \(version)")
    }
  }
}
