public import TensorCore

/// What an operation of a graph computes: from a call, its outputs. Throws where the arguments do not suit it.
public typealias GraphFunction = @Sendable (OperationCall) throws -> [Tensor]

/// The slot for operations of functional graphs: Keras 3's by class (`"Multiply"`), TensorFlow's of Keras 2 by
/// `tf.` and function (`"tf.math.multiply"`), others by `package>Name`.
public enum GraphOperationRegistry: RegistryKey {
  public typealias Entry = GraphFunction

  public static let builtIn: Registry<GraphFunction> = {
    let families = [
      arithmetic, comparisons, elementwise, reductions, shaping, joining, indexing, products, activations, creation,
      sorting, neural,
    ]
    var entries: [String: GraphFunction] = [:]
    for family in families { for (name, function) in family { entries[name] = function } }
    for (name, function) in tensorFlow(entries) { entries[name] = function }
    return Registry(entries)
  }()
}

extension PluginHost {
  public var graphOperations: Registry<GraphFunction> { self[GraphOperationRegistry.self] }

  /// Adds an operation that functional graphs may contain, or takes a name over.
  ///
  /// ```swift
  /// host.register(operation: "acme>Scale") { call in [try call.tensor("x") * call.number("factor", default: 2)] }
  /// ```
  /// - Parameters:
  ///   - name: Keras 3's class or registered name, or `tf.` and the function of a `TFOpLambda`.
  ///   - function: what it computes, of TensorCore's operations.
  public mutating func register(operation name: String, _ function: @escaping GraphFunction) {
    register(GraphOperationRegistry.self, name, function)
  }
}
