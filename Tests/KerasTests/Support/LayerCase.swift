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
  private let host: PluginHost
  private let dialect: KerasDialect

  /// - Parameters:
  ///   - record: one of the list.
  ///   - tolerance: how far numbers may be apart.
  ///   - host: with the layers that are wanted.
  ///   - dialect: whose fixture it is.
  ///   - arrays: of all records, where they share a file; nil: the record has one.
  init(
    _ record: JSONObject, tolerance: Tolerance = .keras, host: PluginHost = .shared, dialect: KerasDialect = .keras3,
    arrays: [String: Tensor]? = nil
  ) throws {
    (self.record, self.tolerance, self.host, self.dialect) = (record, tolerance, host, dialect)
    let name = try record.string("name")
    self.name = name
    className = try record.string("class_name")
    if let arrays {
      let own = arrays.filter { $0.key.hasPrefix(name + "/") }.map {
        (String($0.key.dropFirst(name.count + 1)), $0.value)
      }
      self.arrays = Dictionary(uniqueKeysWithValues: own)
    } else {
      self.arrays = try Fixtures.arrays("keras\(dialect.rawValue)/" + record.string("file"))
    }
    let arrays = self.arrays
    inputs = arrays.numbered("input")
    weights = arrays.numbered("weight")
  }

  /// The last inputs' names in the call, where they have any.
  private var keywords: [String] { record["keywords"]?.arrayValue?.compactMap(\.stringValue) ?? [] }

  private var config: JSON { record["config"] ?? nil }

  /// Everything that differs from what Keras says.
  func findings(comparingNumbers: Bool = true) throws -> [String] {
    let recipe = try KerasConfig(dialect: dialect, host: host).model(from: modelConfig)
    guard let functional = recipe as? Functional else { return ["found \(type(of: recipe).kind), expected Functional"] }
    let weights = weights
    let model = try Model(
      functional,
      start: .values { root, keys in
        // Keras's order is not that of declaration where a wrapper holds a weight of its layer.
        let bySlot = Dictionary(
          uniqueKeysWithValues: zip(Self.keys(root, dialect), weights).map { ($0.slot, $1) })
        return keys.compactMap { key in bySlot[key.slot]?.cast(to: key.spec.dtype) }
      }, host: host, kerasMajorVersion: dialect.rawValue)
    let keys = Self.keys(model.root, dialect)
    var findings = try differences(writtenConfig(model), config)
    let names = keys.compactMap { $0.path.split(separator: "/").last.map(String.init) }
    let expectedNames = record["weights"]?.arrayValue?.compactMap(\.stringValue) ?? []
    if names != expectedNames { findings.append("found weights \(names), expected \(expectedNames)") }
    let isTrainable = keys.map(\.isTrainable)
    let expectedFlags = record["trainable"]?.arrayValue?.compactMap(\.boolValue) ?? []
    if isTrainable != expectedFlags { findings.append("found trainable \(isTrainable), expected \(expectedFlags)") }
    guard comparingNumbers else { return findings }
    if arrays["output"] != nil || arrays["output_0"] != nil {
      findings += try computation(model, isTraining: false, suffix: "")
    }
    if record["training_sensitive"] == true {
      findings += try computation(model, isTraining: true, suffix: "_training")
      findings += try weightsAfterTraining(model)
    }
    return findings
  }

  /// The layer's weights, in Keras's order.
  private static func keys(_ root: BuiltLayer, _ dialect: KerasDialect) -> [WeightKey] {
    let keys = root.children.last?.keys ?? []
    return dialect == .keras2 ? keys.filter(\.isTrainable) + keys.filter { !$0.isTrainable } : keys
  }

  /// The layer between inputs, as a functional model's file has it.
  private var modelConfig: JSON {
    let parts = entries(named: config["name"]?.stringValue ?? "layer")
    return [
      "class_name": "Functional",
      "config": [
        "name": "case", "trainable": true, "layers": .array(parts.layers), "input_layers": .array(parts.inputs),
        "output_layers": parts.outputs.count == 1 ? parts.outputs[0] : .array(parts.outputs),
      ],
    ]
  }

  /// The layer and its inputs as entries of a functional model, with references to the inputs and outputs.
  ///
  /// - Parameter layerName: the layer's name in the model; the inputs' begin with it.
  func entries(named layerName: String) -> (layers: [JSON], inputs: [JSON], outputs: [JSON]) {
    let names = inputs.indices.map { "\(layerName)_argument_\($0)" }
    var entries: [JSON] = zip(names, inputs).map { name, input in
      let shape: [JSON] = [nil] + input.shape.array.dropFirst().map { .integer($0) }
      return [
        "class_name": "InputLayer", "name": .string(name), "inbound_nodes": [],
        "config": [
          "name": .string(name), dialect == .keras2 ? "batch_input_shape" : "batch_shape": .array(shape),
          "dtype": .string(input.dtype.rawValue),
        ],
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
    } else if record["cell"] == true {
      arguments = [tensors[0], .array(Array(tensors[1...]))]
    }
    let placed = tensors.count - keywords.count
    for (keyword, tensor) in zip(keywords, tensors[placed...]) { named[keyword] = tensor }
    if !keywords.isEmpty { arguments = Array(tensors[..<placed]) }
    var config = config.objectValue ?? [:]
    config["name"] = .string(layerName)
    let call: JSON = ["args": .array(arguments), "kwargs": .object(named)]
    entries.append([
      "class_name": .string(className), "name": .string(layerName), "config": .object(config),
      "inbound_nodes": [dialect == .keras2 ? keras2Call(names) : call],
    ])
    let outputs: [JSON] = outputNames().indices.map { [.string(layerName), 0, .integer($0)] }
    return (entries, names.map { [.string($0), 0, 0] }, outputs)
  }

  /// The first argument as the node and those after it by name, or all of a list.
  private func keras2Call(_ names: [String]) -> JSON {
    var arguments = record["arguments"]?.objectValue ?? [:]
    var placed = names
    if record["separate"] == true {
      let known = PluginHost.shared.layers[className]?.type.inputNames ?? []
      for (key, name) in zip(known.prefix(names.count - keywords.count) + keywords, names).dropFirst() {
        arguments[key] = [.string(name), 0, 0]
      }
      placed = [names[0]]
    }
    return .array(placed.map { [.string($0), 0, 0, .object(arguments)] })
  }

  /// The layer's config as it would be written to a file and read by a JSON parser.
  private func writtenConfig(_ model: Model) throws -> JSON {
    let text = try KerasConfig(dialect: dialect, host: host).json(of: model).serialized()
    let layers = try JSON(parsing: text)["config"]?["layers"]?.arrayValue ?? []
    return layers.last?["config"] ?? nil
  }

  private func computation(_ model: Model, isTraining: Bool, suffix: String) throws -> [String] {
    let keys = Self.keys(model.root, dialect)
    let trainable = keys.indices.filter { keys[$0].isTrainable }
    // Indices have no gradient.
    let floats = inputs.filter { $0.dtype == .float32 }
    let point = floats + trainable.map { model.weights[keys[$0]] }
    var outputMask: Tensor?
    let (values, pull) = pullback(at: point) { arguments in
      var weights = model.weights
      for (index, tensor) in zip(trainable, arguments[floats.count...]) { weights[keys[index]] = tensor }
      var context = CallContext(weights: weights, isTraining: isTraining)
      context.masks = masks
      var rest = arguments[..<floats.count]
      let outputs = model(inputs.map { $0.dtype == .float32 ? rest.removeFirst() : $0 }, &context)
      outputMask = context.mask()
      return outputs
    }
    var findings: [String?] = []
    for (value, name) in zip(values, outputNames()) {
      findings.append(difference(value, try arrays.array(name + suffix), name + suffix, tolerance))
    }
    if masks.contains(where: { $0 != nil }) || arrays["mask_output"] != nil {
      findings.append(maskDifference(outputMask))
    }
    let upstream = outputNames("upstream").compactMap { arrays[$0] }
    // Those of Keras 2 have none, and Keras 3 has no gradient of some layers.
    guard !upstream.isEmpty else { return findings.compactMap { $0 } }
    let gradients = pull(zip(upstream, values).map { $0.cast(to: $1.dtype) })
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
    let count = arrays.numbered(base).count
    return count == 0 ? [base] : (0..<count).map { "\(base)_\($0)" }
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
    for (key, value) in context.assignments + context.updates { weights[key] = value }
    return try Self.keys(model.root, dialect).enumerated().compactMap { index, key in
      difference(
        weights[key], try arrays.array("weight_\(index)_after"), "weight_\(index)_after", tolerance)
    }
  }
}
