internal import Layers
internal import TensorCore

/// What one step must compute and move, whoever computes it: counted in the graph of the net.
public struct WorkloadCost: Sendable, Hashable {
  /// Floating-point operations of all products, forward and, in training, backward.
  public var flopCount = 0
  /// Bytes of weights, inputs and outputs. What lies between layers may stay in caches and is not counted.
  ///
  /// In training a weight is read forward and backward, its gradient written and read, and Adam reads and writes weight
  /// and two moments: ten passes. Of an embedding, forward and backward touch the rows that the batch asks for.
  public var byteCount = 0

  init(of model: Model, inputs: [TensorSpec], goal: Workload.Goal, precision: DType) throws(CoreError) {
    var context = CallContext(weights: model.weights)
    let graph = try GraphCapture.capture(inputs) { model($0, &context) }
    // Values that weights have a part in: whatever makes them needs their gradient.
    var isLearnt = Set(graph.constants.filter { $1.dtype.isFloating }.keys)
    var passes: [Graph.ValueID: Int] = [:]
    let isTraining = goal == .training
    for node in graph.nodes {
      let specs = node.inputs.map { graph.specs[$0] }
      let flops = node.operation.flopCount(inputs: specs, outputs: node.outputs.map { graph.specs[$0] })
      // One product more for each factor that needs a gradient; bias and states cost none.
      let factors = node.inputs.prefix(2).filter(isLearnt.contains).count
      flopCount += flops * (isTraining ? 1 + factors : 1)
      let rows = node.operation is Gather ? node.outputs.reduce(0) { $0 + graph.specs[$1].byteCount } : nil
      for input in node.inputs where graph.constants[input]?.dtype.isFloating == true {
        byteCount += rows.map { isTraining ? 3 * $0 : $0 } ?? 0
        passes[input] = rows == nil ? (isTraining ? 10 : 1) : (isTraining ? 6 : 0)
      }
      if node.inputs.contains(where: isLearnt.contains) { isLearnt.formUnion(node.outputs) }
    }
    for (weight, count) in passes { byteCount += count * graph.specs[weight].byteCount }
    for value in graph.inputs + graph.outputs { byteCount += graph.specs[value].byteCount }
    if precision == .bfloat16 { byteCount /= 2 }
  }
}
