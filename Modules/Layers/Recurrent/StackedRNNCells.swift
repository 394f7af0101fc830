public import TensorCore

/// Cells on top of each other as one: the output of each is the input of the next. Keras: `StackedRNNCells`.
public struct StackedRNNCells: RecurrentCellLayer {
  public static let kind = "StackedRNNCells"
  public static let template = StackedRNNCells([])
  public static let requiredKeys = ["cells"]

  public var cells: [NestedLayer]

  public init(_ cells: [any RecurrentCellLayer]) {
    var namer = LayerNamer()
    self.cells = cells.map { NestedLayer($0, name: namer.name(for: $0)) }
  }

  public var stateSizes: [Int] { cells.flatMap { ($0.layer as? any RecurrentCellLayer)?.stateSizes ?? [] } }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    guard inputs.count == 1 + stateSizes.count else {
      throw CoreError(
        .shapeMismatch, "StackedRNNCells: found \(inputs.count) inputs, expected x and \(stateSizes.count) states")
    }
    var (children, counts): ([BuiltLayer], [Int]) = ([], [])
    var (x, states) = (inputs[0], inputs.dropFirst())
    for nested in cells {
      guard let cell = nested.layer as? any RecurrentCellLayer else {
        throw CoreError(.invalidConfig, "StackedRNNCells: found \(nested.node.kind), expected a recurrent cell")
      }
      let child = try scope.nested(nested, inputs: [x] + states.prefix(cell.stateSizes.count))
      states = states.dropFirst(cell.stateSizes.count)
      children.append(child)
      counts.append(cell.stateSizes.count)
      x = child.outputs[0]
    }
    return Forward(many: { [children, counts] inputs, context in
      var (x, states, new) = (inputs[0], inputs.dropFirst(), [Tensor]())
      for (child, count) in zip(children, counts) {
        let outputs = child.forward([x] + states.prefix(count), &context)
        (x, states) = (outputs[0], states.dropFirst(count))
        new += outputs.dropFirst()
      }
      return [x] + new
    })
  }
}
