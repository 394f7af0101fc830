public import TensorCore

/// Joins a batch normalization of a training step with its neighbours, so that feature maps are read and written less
/// often, with the same numbers:
///
/// - `relu(norm(x))` and `relu(residual + norm(x))` become one operation, and so for relu6;
/// - the gradient of that activation, and the sum of two gradients in front of it, become part of the normalization's
///   gradient (`FusedBatchNormGradient`);
/// - so does the sum of the normalization's gradient over all rows: a bias in front of it.
public struct BatchNormFusion: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      switch node.operation {
      case let operation as Activate:
        if foldActivation(operation.activation, node, &rewriter) { continue }
        rewriter.keep(node)
      case is BatchNormGradient:
        rewriter.keep(fusedGradient(node, &rewriter) ?? node)
      case let operation as Reduce:
        if foldSum(operation, node, &rewriter) { continue }
        rewriter.keep(node)
      default:
        rewriter.keep(node)
      }
    }
    graph = rewriter.finished()
  }

  // MARK: Forward

  private func foldActivation(
    _ activation: FusableActivation, _ node: Graph.Node, _ rewriter: inout GraphRewriter
  ) -> Bool {
    guard activation == .relu || activation == .relu6, let place = rewriter.soleMaker(of: node.inputs[0]) else {
      return false
    }
    if isPlainNorm(place, making: node.inputs[0], rewriter) {
      setEpilogue(activation, residual: nil, at: place, output: node.outputs[0], &rewriter)
      return true
    }
    let sum = rewriter[place]
    guard rewriter.isSumOfEquals(sum) else { return false }
    let sides = [(0, 1), (1, 0)].compactMap { side, other -> (norm: Int, residual: Graph.ValueID)? in
      guard let norm = rewriter.soleMaker(of: sum.inputs[side]),
        isPlainNorm(norm, making: sum.inputs[side], rewriter),
        rewriter.maker(of: sum.inputs[other]).map({ $0 < norm }) ?? true
      else { return nil }
      return (norm, sum.inputs[other])
    }
    guard let (norm, residual) = sides.first else { return false }
    setEpilogue(activation, residual: residual, at: norm, output: node.outputs[0], &rewriter)
    rewriter.drop(place)
    return true
  }

  private func isPlainNorm(_ place: Int, making value: Graph.ValueID, _ rewriter: GraphRewriter) -> Bool {
    guard let norm = rewriter[place].operation as? BatchNormTraining else { return false }
    return norm.activation == .linear && !norm.hasResidual && rewriter[place].outputs[0] == value
      && rewriter.hasFullPrecision(value)
  }

  private func setEpilogue(
    _ activation: FusableActivation, residual: Graph.ValueID?, at place: Int, output: Graph.ValueID,
    _ rewriter: inout GraphRewriter
  ) {
    var node = rewriter[place]
    guard var norm = node.operation as? BatchNormTraining else { return }
    norm.activation = activation
    norm.hasResidual = residual != nil
    node.operation = norm
    if let residual { node.inputs.append(residual) }
    node.outputs[0] = output
    rewriter.replace(place, with: node)
  }

  // MARK: Backward

  /// The gradient through the activation behind the normalization that `node` is the gradient of.
  private func fusedGradient(_ node: Graph.Node, _ rewriter: inout GraphRewriter) -> Graph.Node? {
    let (x, gradient, mean) = (node.inputs[0], node.inputs[1], node.inputs[2])
    guard let place = rewriter.maker(of: gradient),
      let slope = rewriter[place].operation as? ActivateGradientFromOutput,
      let normPlace = rewriter.maker(of: rewriter[place].inputs[0]),
      let norm = rewriter[normPlace].operation as? BatchNormTraining, norm.activation == slope.activation
    else { return nil }
    let (y, arriving, forward) = (rewriter[place].inputs[0], rewriter[place].inputs[1], rewriter[normPlace])
    guard forward.outputs[0] == y, forward.outputs[1] == mean, forward.inputs[0] == x else { return nil }
    var fused = node
    var operation = FusedBatchNormGradient(epsilon: norm.epsilon, activation: norm.activation)
    fused.inputs[1] = arriving
    if norm.hasResidual {
      guard !rewriter.isRead(gradient, behind: place) else { return nil }
      operation.hasResidual = true
      fused.inputs.append(y)
      fused.outputs.append(gradient)
      if let sum = rewriter.soleMaker(of: arriving), rewriter.isSumOfEquals(rewriter[sum]) {
        operation.hasSecond = true
        fused.inputs[1] = rewriter[sum].inputs[0]
        fused.inputs.append(rewriter[sum].inputs[1])
        rewriter.drop(sum)
      }
    } else {
      guard rewriter.isReadOnce(gradient) else { return nil }
      fused.inputs += [forward.inputs[2], forward.outputs[2]]
    }
    fused.operation = operation
    rewriter.drop(place)
    return fused
  }

  /// Has the normalization's gradient give its sum over the rows as well.
  private func foldSum(_ reduce: Reduce, _ node: Graph.Node, _ rewriter: inout GraphRewriter) -> Bool {
    let value = node.inputs[0]
    guard reduce.op == .sum, !reduce.keepDims, reduce.axes == Array(0..<rewriter.spec(value).rank - 1),
      let place = rewriter.maker(of: value), rewriter[place].outputs[0] == value, rewriter.hasFullPrecision(value)
    else { return false }
    var gradient = rewriter[place]
    switch gradient.operation {
    case is BatchNormGradient:
      gradient.operation = FusedBatchNormGradient(epsilon: 0, sumsRows: true)
    case var fused as FusedBatchNormGradient where !fused.sumsRows:
      fused.sumsRows = true
      gradient.operation = fused
    default:
      return false
    }
    gradient.outputs.append(node.outputs[0])
    rewriter.replace(place, with: gradient)
    return true
  }
}

extension GraphRewriter {
  fileprivate func hasFullPrecision(_ value: Graph.ValueID) -> Bool {
    spec(value).dtype == .float32 || spec(value).dtype == .float64
  }

  /// Whether a node adds two values of one spec.
  fileprivate func isSumOfEquals(_ node: Graph.Node) -> Bool {
    (node.operation as? Binary)?.op == .add && spec(node.inputs[0]) == spec(node.inputs[1])
  }
}
