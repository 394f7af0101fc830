import AutoDiff
import Layers
import TensorCore
import TestKit

/// One record of `layers.json` with its arrays: a configuration of a layer and what Keras computes with it.
struct LayerCase {
  let record: JSONObject
  let name: String
  let className: String
  let arrays: [String: Tensor]
  let inputs: [Tensor]
  let weights: [Tensor]
  private let tolerance: Tolerance

  init(_ record: JSONObject, tolerance: Tolerance = .keras) throws {
    (self.record, self.tolerance) = (record, tolerance)
    name = try record.string("name")
    className = try record.string("class_name")
    arrays = try Fixtures.arrays("keras3/" + record.string("file"))
    inputs = arrays.numbered("input")
    weights = arrays.numbered("weight")
  }

  private var config: JSON { record["config"] ?? nil }

  /// Everything that differs from what Keras says.
  func findings(comparingNumbers: Bool = true) throws -> [String] {
    let recipe = try KerasConfig().model(from: modelConfig)
    guard let functional = recipe as? Functional else { return ["found \(type(of: recipe).kind), expected Functional"] }
    let weights = weights
    let model = try Model(
      functional, start: .values { _, keys in zip(keys, weights).map { $1.cast(to: $0.spec.dtype) } })
    var findings = try differences(writtenConfig(model), config)
    let names = model.weights.keys.compactMap { $0.path.split(separator: "/").last.map(String.init) }
    let expectedNames = record["weights"]?.arrayValue?.compactMap(\.stringValue) ?? []
    if names != expectedNames { findings.append("found weights \(names), expected \(expectedNames)") }
    let isTrainable = model.weights.keys.map(\.isTrainable)
    let expectedFlags = record["trainable"]?.arrayValue?.compactMap(\.boolValue) ?? []
    if isTrainable != expectedFlags { findings.append("found trainable \(isTrainable), expected \(expectedFlags)") }
    guard comparingNumbers else { return findings }
    findings += try computation(model, isTraining: false, suffix: "")
    if record["training_sensitive"] == true {
      findings += try computation(model, isTraining: true, suffix: "_training")
      findings += try weightsAfterTraining(model)
    }
    return findings
  }

  /// The layer between inputs, as a functional model's file has it.
  private var modelConfig: JSON {
    let names = inputs.indices.map { "argument_\($0)" }
    let entries: [JSON] = zip(names, inputs).map { name, input in
      let shape: [JSON] = [nil] + input.shape.array.dropFirst().map { .integer($0) }
      return [
        "class_name": "InputLayer", "name": .string(name), "inbound_nodes": [],
        "config": ["name": .string(name), "batch_shape": .array(shape), "dtype": .string(input.dtype.rawValue)],
      ]
    }
    let tensors: [JSON] = names.map { name in
      ["class_name": "__keras_tensor__", "config": ["keras_history": [.string(name), 0, 0]]]
    }
    let argument: JSON = tensors.count == 1 ? tensors[0] : .array(tensors)
    let layerName = config["name"] ?? nil
    let layer: JSON = [
      "class_name": .string(className), "name": layerName, "config": config,
      "inbound_nodes": [["args": [argument], "kwargs": [:]]],
    ]
    return [
      "class_name": "Functional",
      "config": [
        "name": "case", "trainable": true, "layers": .array(entries + [layer]),
        "input_layers": .array(names.map { [.string($0), 0, 0] }), "output_layers": [layerName, 0, 0],
      ],
    ]
  }

  /// The layer's config as it would be written to a file and read by a JSON parser.
  private func writtenConfig(_ model: Model) throws -> JSON {
    let text = try KerasConfig().json(of: model).serialized()
    let layers = try JSON(parsing: text)["config"]?["layers"]?.arrayValue ?? []
    return layers.last?["config"] ?? nil
  }

  private func computation(_ model: Model, isTraining: Bool, suffix: String) throws -> [String] {
    let trainable = model.weights.trainableIndices
    // Indices have no gradient.
    let floats = inputs.filter { $0.dtype == .float32 }
    let point = floats + trainable.map { model.weights.tensors[$0] }
    let (values, pull) = pullback(at: point) { arguments in
      var weights = model.weights
      for (index, tensor) in zip(trainable, arguments[floats.count...]) { weights.tensors[index] = tensor }
      var context = CallContext(weights: weights, isTraining: isTraining)
      return model(floats.isEmpty ? inputs : Array(arguments[..<floats.count]), &context)
    }
    let gradients = pull([try arrays.array("upstream").cast(to: values[0].dtype)])
    var findings = [difference(values[0], try arrays.array("output" + suffix), "output" + suffix, tolerance)]
    for index in floats.indices {
      let name = "grad_input_\(index)\(suffix)"
      findings.append(difference(gradients[index], try arrays.array(name), name, tolerance))
    }
    for (position, index) in trainable.enumerated() {
      let name = "grad_weight_\(index)\(suffix)"
      findings.append(difference(gradients[floats.count + position], try arrays.array(name), name, tolerance))
    }
    return findings.compactMap { $0 }
  }

  private func weightsAfterTraining(_ model: Model) throws -> [String] {
    var context = CallContext(weights: model.weights, isTraining: true)
    _ = model(inputs, &context)
    var weights = model.weights
    for (key, value) in context.updates { weights[key] = value }
    return try weights.keys.indices.compactMap { index in
      difference(
        weights.tensors[index], try arrays.array("weight_\(index)_after"), "weight_\(index)_after", tolerance)
    }
  }
}
