import Apus

extension JSON {
  init(_ shape: Shape) { self = .array(shape.array.map(JSON.integer)) }

  /// A shape whose first axis, the batch, is open.
  static func batch(_ shape: Shape) -> JSON { .array([.null] + shape.array.dropFirst().map(JSON.integer)) }

  static func weight(_ name: String, _ spec: TensorSpec) -> JSON {
    ["name": .string(name), "shape": JSON(spec.shape), "dtype": .string(spec.dtype.rawValue)]
  }

  /// A config on one line, without what says nothing: `Adam(learning_rate=0.001, beta_1=0.9)`.
  var brief: String {
    switch self {
    case .null: return "none"
    case .string(let text): return text
    case .array(let elements): return elements.map(\.brief).joined(separator: ", ")
    case .object(let members):
      if let name = self["class_name"]?.stringValue {
        let config = self["config"]?.objectValue ?? [:]
        let settings = config.filter { !$0.value.isNull && $0.key != "name" && $0.key != "dtype" }
        return settings.isEmpty ? name : name + "(" + JSON.settings(settings) + ")"
      }
      return "{" + JSON.settings(Array(members)) + "}"
    // Keras keeps numbers such as the learning rate in float32: 0.001, not 0.0010000000474974513.
    case .number(let value): return Double(Float(value)) == value ? "\(Float(value))" : serialized()
    default: return serialized()
    }
  }

  private static func settings(_ members: [JSONObject.Element]) -> String {
    members.map { "\($0.key)=\($0.value.brief)" }.joined(separator: ", ")
  }
}

extension Model {
  /// Inputs, outputs, layers and parameter counts, for programs.
  var json: JSONObject {
    [
      "name": .string(name),
      "inputs": .array(
        inputs.map { input in
          let shape = input.isText ? input.batchShape.dropLast() : input.batchShape[...]
          return [
            "name": .string(input.name), "shape": .array(shape.map { $0.map(JSON.integer) ?? .null }),
            "dtype": .string(input.isText ? "string" : input.dtype.rawValue),
          ]
        }),
      "outputs": .array(
        zip(outputNames, outputSpecs).map { name, spec in
          ["name": .string(name), "shape": .batch(spec.shape), "dtype": .string(spec.dtype.rawValue)]
        }),
      "layers": .array(
        layers.map { layer in
          [
            "name": .string(layer.name), "class": .string(layer.kind), "trainable": .bool(layer.isTrainable),
            "output_shapes": .array(layer.outputs.map { .batch($0.shape) }),
            "parameters": .integer(layer.parameterCount),
          ]
        }),
      "parameters": [
        "total": .integer(parameterCount), "trainable": .integer(trainableParameterCount),
        "non_trainable": .integer(parameterCount - trainableParameterCount),
      ],
    ]
  }
}
