public import TensorCore

/// Makes a scale and a shift per channel part of a neighbouring convolution's or dense product's weights: a batch
/// normalization by fixed statistics, a rescaling.
///
/// Behind the product: `(x·W + b)·s + t = x·(W·s) + (b·s + t)`. In front of it: `(x·s + t)·W = x·(s·W) + t·W`, which for a
/// convolution with a shift holds only where no padding is mixed in. Nothing is folded where the new weights would not be
/// finite.
public struct BatchNormFolding: Pass {
  public init() {}

  public func apply(to graph: inout Graph) {
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes where !foldBehind(node, &rewriter) {
      rewriter.keep(foldInFront(of: node, &rewriter) ?? node)
    }
    graph = rewriter.finished()
  }

  /// `x * scale + shift` per channel; nil for what is not there.
  private struct Affine {
    var x: Graph.ValueID
    var scale: Tensor
    var shift: Tensor?
  }

  private func affine(_ node: Graph.Node, _ rewriter: GraphRewriter) -> Affine? {
    let output = rewriter.spec(node.outputs[0])
    guard output.dtype == .float32 || output.dtype == .float64, output.rank > 0 else { return nil }
    if node.operation is ScaleShift {
      guard let scale = rewriter.constant(node.inputs[1]), let shift = rewriter.constant(node.inputs[2]),
        scale.isFinite, shift.isFinite
      else { return nil }
      return Affine(x: node.inputs[0], scale: scale, shift: shift)
    }
    guard (node.operation as? Binary)?.op == .mul else { return nil }
    for (x, factor) in [(0, 1), (1, 0)] where rewriter.spec(node.inputs[x]) == output {
      guard let scale = rewriter.channelVector(node.inputs[factor], for: output.shape), scale.isFinite else { continue }
      return Affine(x: node.inputs[x], scale: scale)
    }
    return nil
  }

  /// Folds a normalization into the product that makes its input.
  private func foldBehind(_ node: Graph.Node, _ rewriter: inout GraphRewriter) -> Bool {
    guard let affine = affine(node, rewriter), let (place, operation) = rewriter.openProduct(making: affine.x) else {
      return false
    }
    var product = rewriter[place]
    guard let kernel = rewriter.constant(product.inputs[1]) else { return false }
    var bias = affine.shift
    if let index = operation.biasIndex {
      guard let known = rewriter.constant(product.inputs[index]) else { return false }
      let scaled = known.cast(to: .float64) * affine.scale.cast(to: .float64)
      bias = (affine.shift.map { scaled + $0.cast(to: .float64) } ?? scaled).cast(to: known.dtype)
    }
    guard let weights = weights(kernel * affine.scale, bias, &rewriter) else { return false }
    var folded = operation
    folded.hasBias = bias != nil
    product.operation = folded
    product.inputs = [product.inputs[0]] + weights
    product.outputs = node.outputs
    rewriter.replace(place, with: product)
    return true
  }

  /// Folds the normalization that makes a product's input into the product.
  private func foldInFront(of node: Graph.Node, _ rewriter: inout GraphRewriter) -> Graph.Node? {
    guard var operation = node.operation as? any ProductOperation, let place = rewriter.soleMaker(of: node.inputs[0]),
      let affine = affine(rewriter[place], rewriter), let kernel = rewriter.constant(node.inputs[1]),
      let scales = perInput(affine.scale, operation, kernel.shape)
    else { return nil }
    var bias = operation.biasIndex.flatMap { rewriter.constant(node.inputs[$0]) }
    if operation.hasBias && bias == nil { return nil }
    if let shift = affine.shift {
      guard hasNoPadding(node, rewriter), let shifts = perInput(shift, operation, kernel.shape) else { return nil }
      let sums = (kernel.cast(to: .float64) * shifts.cast(to: .float64)).sum(axes: Array(0..<kernel.rank - 1))
      bias = (bias.map { $0.cast(to: .float64) + sums } ?? sums).cast(to: kernel.dtype)
    }
    guard let weights = weights(kernel * scales, bias, &rewriter) else { return nil }
    let residual = operation.hasResidual ? [node.inputs.last!] : []
    operation.hasBias = bias != nil
    rewriter.drop(place)
    return Graph.Node(
      operation: operation, inputs: [affine.x] + weights + residual, outputs: node.outputs, layerPath: node.layerPath)
  }

  /// A number per input channel as a factor for the kernel: `[in / groups, out]`, whose groups see different channels.
  private func perInput(_ vector: Tensor, _ operation: any ProductOperation, _ kernel: Shape) -> Tensor? {
    let groups = (operation as? Conv)?.groups ?? 1
    let (perGroup, out) = (kernel[-2], kernel[-1])
    let columns = vector.reshaped([groups, perGroup]).transposed([1, 0])
    return columns.reshaped([perGroup, groups, 1]).broadcast(to: [perGroup, groups, out / groups])
      .reshaped([perGroup, out])
  }

  private func hasNoPadding(_ node: Graph.Node, _ rewriter: GraphRewriter) -> Bool {
    guard let conv = node.operation as? Conv else { return true }
    let shapes = node.inputs.map { rewriter.spec($0).shape }
    guard let geometry = try? conv.geometry(input: shapes[0], kernel: shapes[1]) else { return false }
    return (geometry.paddingBefore + geometry.paddingAfter).allSatisfy { $0 == 0 }
  }

  /// New constants for them; nil where folding has made something infinite.
  private func weights(_ kernel: Tensor, _ bias: Tensor?, _ rewriter: inout GraphRewriter) -> [Graph.ValueID]? {
    guard kernel.isFinite, bias?.isFinite ?? true else { return nil }
    return ([kernel] + [bias].compactMap { $0 }).map { rewriter.addConstant($0) }
  }
}
