public import TensorCore

/// A function of tensors as a node of a functional graph: an operation of Keras 3 (`keras.ops`, or an operator between
/// symbols), or a TensorFlow function of Keras 2 (`TFOpLambda`, `SlicingOpLambda`).
///
/// Without weights. Its arguments besides the tensors are those of the call and its settings; what it computes is found by
/// its name in the host's `graphOperations`. Outputs have no masks.
public struct GraphOperation: Layer {
  public static let kind = "GraphOperation"
  public static let template = GraphOperation("Identity")

  /// Keras's class: `"Multiply"`, `"TFOpLambda"`, or `"package>Name"`.
  public var className: String
  /// The config but for the name: `{"axis": 1, "keepdims": false}`, `{"function": "math.multiply"}`.
  public var settings: JSONObject

  public init(_ className: String, settings: JSONObject = [:]) {
    (self.className, self.settings) = (className, settings)
  }

  /// In the registry: the class of Keras 3, `tf.` and the function of Keras 2.
  public var name: String { tensorFlowFunction.map { "tf." + $0 } ?? className }

  static let tensorFlowClasses: Set = ["TFOpLambda", "SlicingOpLambda"]

  /// Keras 2's name of the function; nil for an operation of Keras 3.
  var tensorFlowFunction: String? {
    Self.tensorFlowClasses.contains(className) ? settings["function"]?.stringValue ?? "" : nil
  }

  /// Throws `unknownName` where the operation is not registered, and what the operation throws on its arguments.
  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let function = try Self.function(name, in: scope.host)
    let (name, settings, operands) = (
      name, settings, scope.call.operands ?? Operands(inputs.indices.map(Operand.input))
    )
    let run = { @Sendable (inputs: [Tensor]) throws(CoreError) -> [Tensor] in
      do {
        return try function(OperationCall(name, settings, operands, inputs))
      } catch {
        throw CoreError(wrapping: error)
      }
    }
    // Wrong arguments are found here, where they can be thrown.
    _ = try GraphCapture.capture(inputs, run)
    return Forward(many: { inputs, _ in
      do throws(CoreError) {
        return try run(inputs)
      } catch {
        error.trap()
      }
    })
  }

  static func function(_ name: String, in host: PluginHost) throws(CoreError) -> GraphFunction {
    guard let function = host.graphOperations[name] else {
      throw CoreError(.unknownName, unknownMessage([name], in: host))
    }
    return function
  }

  static func unknownMessage(_ names: [String], in host: PluginHost) -> String {
    let found = names.map { "\"\($0)\"" }.joined(separator: ", ")
    return "found operations that are not registered: \(found), expected one of "
      + host.graphOperations.names.joined(separator: ", ") + "; PluginHost.register(operation:_:) adds one"
  }
}
