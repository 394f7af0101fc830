import AutoDiff
import Layers
import TensorCore
import TestKit
import Testing

/// SimpleRNN, LSTM and GRU against Keras 3.15 and 2.15: values, gradients, weights, configs; with masks and states. And what
/// Keras 2 alone has: cuDNN's layers and locally connected ones.
@Suite struct RecurrentFixtureTests {
  struct Fixture: CustomTestStringConvertible, Sendable {
    let folder: String
    let record: JSONObject

    var dialect: KerasDialect { folder == "keras2" ? .keras2 : .keras3 }
    var testDescription: String { "\(folder): \(record["name"]?.stringValue ?? "")" }

    static func all() throws -> [Fixture] {
      try [("keras2", "recurrent"), ("keras3", "recurrent"), ("keras2", "local")].flatMap { folder, list in
        try Fixtures.records("\(folder)/\(list).json").map { Fixture(folder: folder, record: $0) }
      }
    }
  }

  @Test(arguments: try Fixture.all())
  func computesWhatKerasComputes(_ fixture: Fixture) throws {
    let arrays = try Fixtures.arrays("\(fixture.folder)/" + fixture.record.string("file"))
    let inputs = arrays.numbered("input")
    let weights = arrays.numbered("weight")
    let recipe = try #require(try layer(fixture))
    let model = try model(
      recipe, inputs.map(\.shape), weights, outputs: arrays.numbered("output").count,
      kerasMajorVersion: fixture.dialect.rawValue)
    let names = model.weights.keys.map { $0.path.split(separator: "/").dropFirst().joined(separator: "/") }
    // Keras 2 names the weights of convolutional layers without their cell.
    let expectedNames = fixture.record["weights"]?.arrayValue?.compactMap(\.stringValue) ?? []
    #expect(names.count == expectedNames.count && zip(names, expectedNames).allSatisfy { $0.hasSuffix($1) })

    let (found, pull) = pullback(at: inputs + weights) { arguments in
      var context = CallContext(weights: model.weights)
      for index in weights.indices { context.weights.tensors[index] = arguments[inputs.count + index] }
      if let mask = arrays["mask"] { context.masks = [mask] }
      return model(Array(arguments[..<inputs.count]), &context)
    }
    for (index, output) in arrays.numbered("output").enumerated() {
      #expect(difference(found[index], output, "output \(index)") == nil)
    }
    let gradients = pull(arrays.numbered("upstream"))
    for index in inputs.indices {
      #expect(difference(gradients[index], try arrays.array("grad_input_\(index)"), "gradient \(index)") == nil)
    }
    // Sums over all steps, of terms of either sign.
    let summed = Tolerance(absolute: 5e-5, relative: 1e-4)
    for index in weights.indices {
      let expected = try arrays.array("grad_weight_\(index)")
      #expect(difference(gradients[inputs.count + index], expected, "weight \(index)", summed) == nil)
    }
  }

  @Test(arguments: try Fixture.all())
  func configComesBackAsItWas(_ fixture: Fixture) throws {
    let recipe = try #require(try layer(fixture))
    let sequence = try Fixtures.arrays("\(fixture.folder)/" + fixture.record.string("file")).array("input_0")
    let input = LayerNode(name: "input", layer: InputLayer(shape: sequence.shape.array.dropFirst().map { $0 }))
    let sequential = try Sequential(nodes: [input, recipe], name: "model")
    let text = try KerasConfig(dialect: fixture.dialect).json(of: Model(sequential)).serialized()
    let layers = try JSON(parsing: text)["config"]?["layers"]?.arrayValue ?? []
    #expect(differences(layers.last?["config"] ?? nil, fixture.record["config"] ?? nil) == [])
  }

  /// The layer as a file of one describes it.
  private func layer(_ fixture: Fixture) throws -> LayerNode? {
    let entry: JSON = [
      "class_name": .string(try fixture.record.string("class_name")), "config": fixture.record["config"] ?? nil,
    ]
    let json: JSON = ["class_name": "Sequential", "config": ["name": "model", "layers": [entry]]]
    return (try KerasConfig(dialect: fixture.dialect).model(from: json) as? Sequential)?.nodes.first
  }

  private func model(
    _ node: LayerNode, _ shapes: [Shape], _ weights: [Tensor], outputs: Int, kerasMajorVersion: Int
  ) throws -> Model {
    var nodes = shapes.enumerated().map { index, shape in
      LayerNode(name: "input_\(index)", layer: InputLayer(shape: shape.array.dropFirst().map { Optional($0) }))
    }
    let inputs = nodes.map { TensorReference($0.name) }
    var node = node
    node.calls = [LayerCall(inputs: inputs)]
    nodes.append(node)
    let functional = try Functional(
      nodes: nodes, inputs: inputs, outputs: (0..<outputs).map { TensorReference(node.name, output: $0) }, name: "case")
    return try Model(functional, start: .values { _, _ in weights }, kerasMajorVersion: kerasMajorVersion)
  }
}
