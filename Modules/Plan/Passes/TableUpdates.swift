public import TensorCore

/// Updates tables from the rows that were looked up, without the gradient of the whole table: an optimizer's update whose
/// gradient is made by `ScatterAdd`, and read by nobody else, becomes a `TableUpdate`.
public struct TableUpdates: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var producers: [Graph.ValueID: Int] = [:]
    var readers: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs { producers[output] = index }
      for input in node.inputs { readers[input, default: 0] += 1 }
    }
    for output in graph.outputs { readers[output, default: 0] += 1 }
    for index in graph.nodes.indices {
      let update = graph.nodes[index]
      guard let rule = rule(update.operation), let producer = producers[update.inputs[1]],
        readers[update.inputs[1]] == 1,
        let scatter = graph.nodes[producer].operation as? ScatterAdd, scatter.axis == 0
      else { continue }
      let rows = graph.nodes[producer].inputs
      graph.nodes[index].operation = TableUpdate(rule)
      graph.nodes[index].inputs = [update.inputs[0], rows[0], rows[1]] + update.inputs[2...]
      graph.nodes[index].layerPath = graph.nodes[producer].layerPath
    }
  }

  private func rule(_ operation: any Operation) -> TableUpdate.Rule? {
    switch operation {
    case let adam as AdamUpdate where !adam.decays: .adam(adam)
    case let sgd as SGDUpdate where !sgd.decays: .sgd(sgd)
    default: nil
    }
  }
}
