import AutoDiff
import Layers
import TensorCore
import Testing

/// Raw operations in functional graphs: Keras 3's, and the TensorFlow functions in files of Keras 2.
@Suite struct OperationFixtureTests {
  @Test(arguments: [3, 2])
  func everyOperationComputesAndIsWrittenAsInKeras(version: Int) throws {
    let records = try Fixtures.records("keras\(version)/operations.json")
    let arrays = try Fixtures.arrays("keras\(version)/operations.npz")
    var (passed, operations): (Int, Set<String>) = (0, [])
    for record in records {
      let name = try record.string("name")
      do {
        let findings = try findings(record, arrays, name, version)
        if findings.isEmpty { passed += 1 }
        for finding in findings { Issue.record("\(name): \(finding)") }
      } catch {
        Issue.record("\(name): \(error)")
      }
      for layer in record["config"]?["config"]?["layers"]?.arrayValue ?? [] {
        let function = layer["config"]?["function"]?.stringValue ?? layer["class_name"]?.stringValue ?? ""
        if function != "InputLayer" { operations.insert(function) }
      }
    }
    print("\(passed) of \(records.count) graphs of \(operations.count) operations as in Keras \(version)")
    #expect(operations.count >= 80)
  }

  private func findings(
    _ record: JSONObject, _ arrays: [String: Tensor], _ name: String, _ version: Int
  ) throws -> [String] {
    let config = record["config"] ?? nil
    let coder = KerasConfig(dialect: version == 2 ? .keras2 : .keras3)
    let recipe = try #require(try coder.model(from: config) as? Functional)
    let model = try Model(recipe, kerasMajorVersion: version)
    var findings: [String] = []
    // As a file: written out and parsed.
    let written = try JSON(parsing: coder.json(of: model).serialized())
    findings += differences(normalized(nodes(written)), normalized(nodes(config)))
    func values(_ kind: String) throws -> [Tensor] {
      var all: [Tensor] = []
      while let array = arrays["\(name)/\(kind)_\(all.count)"] { all.append(array) }
      return all
    }
    let (inputs, expected, upstream) = (try values("input"), try values("output"), try values("upstream"))
    let floats = inputs.indices.filter { inputs[$0].dtype == .float32 }
    let (outputs, pull) = pullback(at: floats.map { inputs[$0] }) { arguments in
      var all = inputs
      for (index, argument) in zip(floats, arguments) { all[index] = argument }
      var context = CallContext(weights: model.weights)
      return model(all, &context)
    }
    guard outputs.count == expected.count else { return findings + ["found \(outputs.count) outputs"] }
    for (index, (output, wanted)) in zip(outputs, expected).enumerated() {
      let spec = model.outputSpecs[index]
      if spec.dtype != output.dtype { findings.append("inferred \(spec), found \(output.spec)") }
      if output.dtype != wanted.dtype {
        findings.append("output \(index) is \(output.dtype), expected \(wanted.dtype)")
      }
      findings += [difference(output.cast(to: .float32), wanted.cast(to: .float32), "output \(index)")].compactMap {
        $0
      }
    }
    let gradients = pull(
      zip(upstream, outputs).map {
        $1.dtype.isFloating ? $0.cast(to: $1.dtype) : Tensor.zeros($1.shape, dtype: $1.dtype)
      })
    for (index, gradient) in gradients.enumerated() {
      let wanted = try #require(arrays["\(name)/grad_input_\(index)"])
      findings += [difference(gradient, wanted, "gradient \(index)")].compactMap { $0 }
    }
    return findings
  }

  /// The entries of operations, with what calls them.
  private func nodes(_ model: JSON) -> JSON {
    let layers = model["config"]?["layers"]?.arrayValue ?? []
    return .array(layers.filter { $0["class_name"] != "InputLayer" })
  }

  /// Without where an operation is defined, which legacy files leave out, and without what is known of its tensors, which
  /// no reader looks at.
  private func normalized(_ json: JSON) -> JSON {
    switch json {
    case .array(let items): return .array(items.map(normalized))
    case .object(var object):
      for key in ["module", "registered_name", "build_config"] { object[key] = nil }
      if object["class_name"] == "__keras_tensor__" {
        return object["config"]?["keras_history"] ?? nil
      }
      return .object(JSONObject(object.map { (key: $0.key, value: normalized($0.value)) }))
    default: return json
    }
  }
}
