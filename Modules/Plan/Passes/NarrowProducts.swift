public import TensorCore

/// Gives float32 convolutions and dense products with constant kernels bfloat16 operands, and leaves in bfloat16 what goes
/// from one to the next.
///
/// Kernels are rounded once, biases stay float32, sums are float32; what anything else reads is converted back.
/// Only where a backend has a kernel for it: the portable rule would convert both ways.
public struct NarrowProducts: Pass {
  /// Whether it pays for an operation on these inputs.
  public typealias Condition = @Sendable (_ operation: any TensorCore.Operation, _ inputs: [TensorSpec]) -> Bool

  private let isSupported: Condition

  /// - Parameter isSupported: asked for every operation; nil asks the installed backends.
  public init(where isSupported: Condition? = nil) {
    self.isSupported =
      isSupported ?? { operation, inputs in
        guard let prepared = try? PreparedOperation(operation, inputs: inputs) else { return false }
        // A portable kernel for 16 bits does not convert either.
        let request = KernelRequest(inputs: inputs, outputs: prepared.outputs, threads: 1)
        return prepared.backendName != nil || operation.portableKernel(request) != nil
      }
  }

  public func apply(to graph: inout Graph) {
    var narrowing = Narrowing(rewriter: GraphRewriter(graph), isSupported: isSupported)
    for node in graph.nodes where !narrowing.product(node) && !narrowing.movement(node) {
      narrowing.rewriter.keep(node)
    }
    graph = narrowing.rewriter.finished()
    DeadNodes().apply(to: &graph)
  }
}

private struct Narrowing {
  var rewriter: GraphRewriter
  let isSupported: NarrowProducts.Condition
  /// float32 values that were computed in bfloat16.
  private var narrow: [Graph.ValueID: Graph.ValueID] = [:]
  /// Other values, rounded for products to read.
  private var rounded: [Graph.ValueID: Graph.ValueID] = [:]

  init(rewriter: GraphRewriter, isSupported: @escaping NarrowProducts.Condition) {
    (self.rewriter, self.isSupported) = (rewriter, isSupported)
  }

  mutating func product(_ node: Graph.Node) -> Bool {
    guard let operation = node.operation as? any ProductOperation, let kernel = rewriter.constant(node.inputs[1]),
      kernel.dtype == .float32
    else { return false }
    var specs = node.inputs.map { rewriter.spec($0) }
    for index in specs.indices where index != operation.biasIndex {
      specs[index] = TensorSpec(specs[index].shape, .bfloat16)
    }
    guard isSupported(operation, specs) else { return false }
    let inputs = node.inputs.enumerated().map { $0.offset == operation.biasIndex ? $0.element : narrowed($0.element) }
    keep(node, reading: inputs)
    return true
  }

  /// What only moves elements, or takes the largest, gives in bfloat16 what it gives in float32.
  mutating func movement(_ node: Graph.Node) -> Bool {
    let inputs = node.inputs.compactMap { narrow[$0] }
    guard !inputs.isEmpty, inputs.count == node.inputs.count, node.outputs.count == 1 else { return false }
    switch node.operation {
    case is Reshape, is Transpose, is Slice, is Concatenate: break
    case let pad as Pad where pad.value == 0: break
    case let pool as Pool where pool.kind == .max && isSupported(pool, inputs.map { rewriter.spec($0) }): break
    default: return false
    }
    keep(node, reading: inputs)
    return true
  }

  /// The node in bfloat16, and its result in float32 for whoever wants that.
  private mutating func keep(_ node: Graph.Node, reading inputs: [Graph.ValueID]) {
    let wide = node.outputs[0]
    let result = rewriter.addValue(TensorSpec(rewriter.spec(wide).shape, .bfloat16))
    rewriter.keep(
      Graph.Node(operation: node.operation, inputs: inputs, outputs: [result], layerPath: node.layerPath))
    rewriter.keep(
      Graph.Node(operation: Cast(dtype: .float32), inputs: [result], outputs: [wide], layerPath: node.layerPath))
    narrow[wide] = result
  }

  private mutating func narrowed(_ value: Graph.ValueID) -> Graph.ValueID {
    if let known = narrow[value] ?? rounded[value] { return known }
    let result: Graph.ValueID
    if let constant = rewriter.constant(value) {
      result = rewriter.addConstant(constant.cast(to: .bfloat16))
    } else {
      result = rewriter.addValue(TensorSpec(rewriter.spec(value).shape, .bfloat16))
      rewriter.keep(Graph.Node(operation: Cast(dtype: .bfloat16), inputs: [value], outputs: [result]))
    }
    rounded[value] = result
    return result
  }
}
