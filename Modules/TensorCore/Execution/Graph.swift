/// A computation written down: operations over numbered values, in an order in which they can be run.
public struct Graph: Sendable {
  public typealias ValueID = Int

  public struct Node: Sendable {
    public var operation: any Operation
    public var inputs: [ValueID]
    public var outputs: [ValueID]
    /// The layer that asked for it, as `"block1/conv"`.
    public var layerPath: String

    public init(operation: any Operation, inputs: [ValueID], outputs: [ValueID], layerPath: String = "") {
      self.operation = operation
      self.inputs = inputs
      self.outputs = outputs
      self.layerPath = layerPath
    }
  }

  /// The spec of every value.
  public var specs: [TensorSpec] = []
  /// Values that are fed in, in the order of the captured function's arguments.
  public var inputs: [ValueID] = []
  /// Values that the function used but was not given.
  public var constants: [ValueID: Tensor] = [:]
  public var nodes: [Node] = []
  public var outputs: [ValueID] = []

  public init() {}

  public mutating func addValue(_ spec: TensorSpec) -> ValueID {
    specs.append(spec)
    return specs.count - 1
  }

  /// Runs the graph with `Tensor.apply`. The meaning of a graph; plans do the same faster.
  /// Traps where `arguments` do not have the specs of the graph's inputs.
  public func run(_ arguments: [Tensor]) -> [Tensor] {
    CoreError.require(
      arguments.map(\.spec) == inputs.map { specs[$0] }, .shapeMismatch,
      "found arguments \(arguments.map(\.spec)), expected \(inputs.map { specs[$0] })")
    var values = [Tensor?](repeating: nil, count: specs.count)
    for (value, argument) in zip(inputs, arguments) { values[value] = argument }
    for (value, constant) in constants { values[value] = constant }
    for node in nodes {
      let results = Tensor.applyAny(node.operation, node.inputs.map { values[$0]! })
      for (value, result) in zip(node.outputs, results) { values[value] = result }
    }
    return outputs.map { values[$0]! }
  }
}

extension Tensor {
  /// `apply` for an operation whose type is not known statically.
  public static func applyAny(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
    func opened(_ operation: some Operation) -> [Tensor] { apply(operation, inputs) }
    return opened(operation)
  }
}
