import Layers
import Plan
import TensorCore
import TestKit

/// One record of `preprocessing.json`: a configuration of a layer and what Keras makes of data with it.
struct PreprocessingCase {
  let record: JSONObject
  let name: String
  let className: String
  let inputs: [Value]

  /// A tensor, which may be of strings.
  struct Value {
    let tensor: Tensor
    let isText: Bool

    init(_ json: JSON) throws {
      let values = json["values"]?.arrayValue ?? []
      let shape = Shape(json["shape"]?.arrayValue?.compactMap(\.intValue) ?? [])
      isText = json["dtype"] == "string"
      if isText {
        tensor = Tensor(strings: values.map { $0.stringValue ?? "" }, shape: shape)
      } else if json["dtype"] == "int64" {
        tensor = Tensor(values.map { Int64($0.intValue ?? 0) }, shape)
      } else {
        let special: [JSON: Double] = [nil: .nan, "inf": .infinity, "-inf": -.infinity]
        let numbers = values.map { special[$0] ?? $0.doubleValue ?? 0 }
        let dtype = DType(rawValue: json["dtype"]?.stringValue ?? "") ?? .float32
        tensor = Tensor(numbers, shape).cast(to: dtype)
      }
    }
  }

  init(_ record: JSONObject) throws {
    self.record = record
    name = try record.string("name")
    className = try record.string("class_name")
    inputs = try (record["inputs"]?.arrayValue ?? []).map(Value.init)
  }

  private var config: JSON { record["config"] ?? nil }

  /// Everything that differs from what Keras says.
  func findings() throws -> [String] {
    guard record["batches"] == nil else { return try adaptedFindings() }
    let isRefused = record["error"] != nil
    let model: Model
    do {
      model = try makeModel()
      _ = try model.predict(inputs.map(\.tensor))
    } catch let error as CoreError {
      return isRefused ? [] : ["\(error)"]
    }
    if isRefused { return ["found an answer, expected an error as Keras has it"] }
    return try differences(writtenConfig(model), config) + outputs(of: model)
  }

  /// The layer between inputs, as a functional model's file has it.
  private func makeModel() throws -> Model {
    let names = inputs.indices.map { "argument_\($0)" }
    let entries: [JSON] = zip(names, inputs).map { name, input in
      let dimensions = input.isText ? input.tensor.shape.array.dropLast() : input.tensor.shape.array[...]
      let shape: [JSON] = [nil] + dimensions.dropFirst().map { .integer($0) }
      let dtype = input.isText ? "string" : input.tensor.dtype.rawValue
      return [
        "class_name": "InputLayer", "name": .string(name), "inbound_nodes": [],
        "config": ["name": .string(name), "batch_shape": .array(shape), "dtype": .string(dtype)],
      ]
    }
    let tensors: [JSON] = names.map { name in
      ["class_name": "__keras_tensor__", "config": ["keras_history": [.string(name), 0, 0]]]
    }
    let keywords = record["keywords"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let placed = Array(tensors.prefix(tensors.count - keywords.count))
    let named = JSONObject(zip(keywords, tensors[placed.count...]).map { (key: $0, value: $1) })
    let layerName = config["name"] ?? nil
    let call: JSON = [
      "args": .array(placed.count == 1 ? placed : [.array(placed)]), "kwargs": .object(named),
    ]
    let layer: JSON = [
      "class_name": .string(className), "name": layerName, "config": config, "inbound_nodes": [call],
    ]
    let json: JSON = [
      "class_name": "Functional",
      "config": [
        "name": "case", "trainable": true, "layers": .array(entries + [layer]),
        "input_layers": .array(names.map { [.string($0), 0, 0] }), "output_layers": [layerName, 0, 0],
      ],
    ]
    guard let functional = try KerasConfig().model(from: json) as? Functional else {
      throw CoreError(.invalidConfig, "expected a functional model")
    }
    return try Model(functional)
  }

  private func writtenConfig(_ model: Model) throws -> JSON {
    let text = try KerasConfig().json(of: model).serialized()
    let layers = try JSON(parsing: text)["config"]?["layers"]?.arrayValue ?? []
    return layers.last?["config"] ?? nil
  }

  /// Compiled and operation by operation, in values and element type.
  private func outputs(of model: Model) throws -> [String] {
    let expected = try Value(record["output"] ?? nil)
    return try [Compilation.automatic, .never].flatMap { compiled -> [String] in
      let found = try model.predict(inputs.map(\.tensor), compiled: compiled)[0]
      return compare(found, expected).map { "\(compiled): \($0)" }
    }
  }

  private func compare(_ found: Tensor, _ expected: Value) -> [String] {
    if expected.isText {
      let shape = Shape(found.shape.array.dropLast())
      guard Array(shape.array) == Array(expected.tensor.shape.array.dropLast()) else {
        return ["found strings of shape \(shape), expected \(expected.tensor.shape)"]
      }
      return found.strings == expected.tensor.strings ? [] : ["found \(found.strings), not \(expected.tensor.strings)"]
    }
    guard found.dtype == expected.tensor.dtype else {
      return ["found \(found.dtype), expected \(expected.tensor.dtype)"]
    }
    return difference(found, expected.tensor, "output").map { [$0] } ?? []
  }

  // MARK: Adapted

  private func adaptedFindings() throws -> [String] {
    let batches = try (record["batches"]?.arrayValue ?? []).map { try Value($0).tensor }
    let entry: JSON = ["class_name": .string(className), "config": config]
    guard
      let sequential = try KerasConfig().model(
        from: ["class_name": "Sequential", "config": ["name": "case", "layers": [entry]]]) as? Sequential
    else { return ["found no model"] }
    guard let layer = sequential.nodes[0].layer as? any AdaptableLayer else {
      return ["found \(className), expected a layer that adapts"]
    }
    let adapted = try layer.adapted(to: batches)
    let input: any Layer =
      inputs[0].isText
      ? InputLayer(strings: inputs[0].tensor.shape.array.dropFirst().dropLast().map(Optional.some))
      : InputLayer(shape: inputs[0].tensor.shape.array.dropFirst().map(Optional.some), dtype: inputs[0].tensor.dtype)
    let model = try Model(Sequential([input, adapted]))
    return try stateFindings(adapted) + outputs(of: model)
  }

  private func stateFindings(_ layer: any AdaptableLayer) throws -> [String] {
    guard let state = record["state"] else { return ["found no state in the record"] }
    switch layer {
    case let layer as Discretization:
      let expected = state["bin_boundaries"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      let found = layer.binBoundaries ?? []
      return difference(Tensor(found), Tensor(expected), "bin_boundaries").map { [$0] } ?? []
    case let layer as Normalization:
      return try [("mean", layer.mean), ("variance", layer.variance)].compactMap { name, found in
        let expected = try Value(state[name] ?? nil).tensor
        return difference(Tensor(found?.values ?? [], Shape(found?.shape ?? [])), expected, name)
      }
    default:
      let expected = state["vocabulary"]?.arrayValue ?? []
      let found: [JSON]
      switch layer {
      case let layer as StringLookup: found = layer.vocabulary?.map { .string($0) } ?? []
      case let layer as TextVectorization: found = layer.vocabulary?.map { .string($0) } ?? []
      case let layer as IntegerLookup: found = layer.vocabulary?.map { .integer($0) } ?? []
      default: found = []
      }
      // Keras lists the tokens of the mask and of unknown ones before.
      return Array(expected.suffix(found.count)) == found ? [] : ["found vocabulary \(found), expected \(expected)"]
    }
  }
}
