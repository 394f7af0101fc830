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
    var arguments = tensors.count == 1 || record["separate"] == true ? tensors : [.array(tensors)]
    var named = record["arguments"]?.objectValue ?? [:]
    if record["states"] == true {
      arguments = [tensors[0]]
      named["initial_state"] = .array(Array(tensors[1...]))
    }
    let layerName = config["name"] ?? nil
    let layer: JSON = [
      "class_name": .string(className), "name": layerName, "config": config,
      "inbound_nodes": [["args": .array(arguments), "kwargs": .object(named)]],
    ]
    let outputs: [JSON] = outputNames().indices.map { [layerName, 0, .integer($0)] }
    return [
      "class_name": "Functional",
      "config": [
        "name": "case", "trainable": true, "layers": .array(entries + [layer]),
        "input_layers": .array(names.map { [.string($0), 0, 0] }),
        "output_layers": outputs.count == 1 ? outputs[0] : .array(outputs),
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
    var outputMask: Tensor?
    let (values, pull) = pullback(at: point) { arguments in
      var weights = model.weights
      for (index, tensor) in zip(trainable, arguments[floats.count...]) { weights.tensors[index] = tensor }
      var context = CallContext(weights: weights, isTraining: isTraining)
      context.masks = masks
      let outputs = model(floats.isEmpty ? inputs : Array(arguments[..<floats.count]), &context)
      outputMask = context.mask()
      return outputs
    }
    let upstream = try outputNames("upstream").map { try arrays.array($0) }
    let gradients = pull(zip(upstream, values).map { $0.cast(to: $1.dtype) })
    var findings: [String?] = []
    for (value, name) in zip(values, outputNames()) {
      findings.append(difference(value, try arrays.array(name + suffix), name + suffix, tolerance))
    }
    if masks.contains(where: { $0 != nil }) { findings.append(maskDifference(outputMask)) }
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

  /// `output`, or `output_0` and so on where there are several.
  private func outputNames(_ base: String = "output") -> [String] {
    arrays[base] != nil ? [base] : arrays.numbered(base).indices.map { "\(base)_\($0)" }
  }

  private var masks: [Tensor?] { inputs.indices.map { arrays["mask_\($0)"] } }

  private func maskDifference(_ found: Tensor?) -> String? {
    let expected = arrays["mask_output"]
    let flags = { (mask: Tensor?) in mask?.cast(to: .int32).scalars(of: Int32.self) }
    guard found?.shape == expected?.shape, flags(found) == flags(expected) else {
      return "output mask: found \(found.map { "\($0)" } ?? "none"), expected \(expected.map { "\($0)" } ?? "none")"
    }
    return nil
  }

  private func weightsAfterTraining(_ model: Model) throws -> [String] {
    var context = CallContext(weights: model.weights, isTraining: true)
    context.masks = masks
    _ = model(inputs, &context)
    var weights = model.weights
    for (key, value) in context.updates { weights[key] = value }
    return try weights.keys.indices.compactMap { index in
      difference(
        weights.tensors[index], try arrays.array("weight_\(index)_after"), "weight_\(index)_after", tolerance)
    }
  }
}
