public import TensorCore

/// A function that a plugin registered, in place of the Python code of a Keras `Lambda` layer, which is never run.
///
/// What to call is looked up by the layer's name, then by the name of the Python function. The config is written back as it
/// was.
///
/// ```swift
/// var host = PluginHost.shared
/// host.register(lambda: "halve") { inputs, _ in [inputs[0] * 0.5] }
/// ```
public struct Lambda: Layer {
  public static let kind = "Lambda"
  public static let template = Lambda("identity")
  public static let requiredKeys = ["function"]

  /// As Keras serialises it: Python code, or the name of a function.
  public var function: JSON
  /// What the function is called with besides its input.
  public var arguments: JSONObject = [:]

  /// A named function.
  ///
  /// - Parameters:
  ///   - functionName: the Python function's, `"package>name"` where it is registered with Keras.
  ///   - arguments: what it is called with besides its input.
  public init(_ functionName: String, arguments: JSONObject = [:]) {
    function = .string(functionName)
    self.arguments = arguments
  }

  /// The names of the function in the config, none where it is code.
  private var functionNames: [String] {
    let names = [function, function["registered_name"] ?? nil, function["config"] ?? nil]
    return function["class_name"] == "__lambda__" ? [] : names.compactMap(\.stringValue)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let layerName = scope.path.last ?? ""
    let names = [layerName] + functionNames
    guard let body = names.lazy.compactMap({ [host = scope.host] in host.lambdas[$0] }).first else {
      let known = scope.host.lambdas.names
      throw CoreError(
        .unknownName,
        "Lambda: found no function for this layer, whose Python code is never run; expected one registered as "
          + names.map { "\"\($0)\"" }.joined(separator: " or ") + " by PluginHost.register(lambda:_:)"
          + (known.isEmpty ? "" : ", found " + known.joined(separator: ", ")))
    }
    let arguments = arguments
    return Forward(many: { inputs, _ in body(inputs, arguments) })
  }
}

/// The slot for functions of `Lambda` layers, by the name of a layer or of a Python function.
public enum LambdaRegistry: RegistryKey {
  /// From the inputs and the config's arguments to the outputs.
  public typealias Entry = @Sendable ([Tensor], JSONObject) -> [Tensor]

  public static let builtIn = Registry<Entry>([:])
}

extension PluginHost {
  /// The functions of `Lambda` layers.
  public var lambdas: Registry<LambdaRegistry.Entry> { self[LambdaRegistry.self] }

  /// Registers what a `Lambda` layer computes.
  ///
  /// - Parameters:
  ///   - name: of the layer, or of its Python function.
  ///   - body: from the inputs and the config's `arguments` to the outputs, in `Tensor`'s operations.
  public mutating func register(lambda name: String, _ body: @escaping LambdaRegistry.Entry) {
    register(LambdaRegistry.self, name, body)
  }
}

extension Lambda: DialectSpelling {
  /// Keras 2 keeps beside a function what kind it is and where it is; Keras 3 has a name or an object.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    switch dialect {
    case .keras3:
      guard config["function_type"] != nil else { return }
      if let parts = config["function"]?.arrayValue, parts.count == 3 {
        config["function"] = [
          "class_name": "__lambda__", "config": ["code": parts[0], "defaults": parts[1], "closure": parts[2]],
        ]
      }
      for key in ["function_type", "module", "output_shape_type", "output_shape_module"] { config[key] = nil }
      if config["output_shape"]?.isNull == true { config["output_shape"] = nil }
    case .keras2:
      guard config["function_type"] == nil, let function = config["function"] else { return }
      config["function_type"] = "function"
      if function["class_name"] == "__lambda__", let code = function["config"] {
        config["function"] = [code["code"] ?? nil, code["defaults"] ?? nil, code["closure"] ?? nil]
        config["function_type"] = "lambda"
      } else if let name = function["config"] {
        config["function"] = name
      }
      for key in ["module", "output_shape_module"] { config[key] = .null }
      config["output_shape_type"] = "raw"
      if config["output_shape"] == nil { config["output_shape"] = .null }
    }
  }
}
