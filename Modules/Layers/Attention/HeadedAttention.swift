internal import TensorCore

/// Attention between projected queries, keys and values `[batch, axes..., heads, length]`.
struct HeadedAttention: Sendable {
  let scale: Double
  let dropout: Double
  let seed: Int?
  let slidingWindow: Int?
  let kerasMajorVersion: Int
  private let scores: Einsum
  private let combination: Einsum
  /// How many axes are attended over.
  private let axisCount: Int
  /// Of the projected tensors.
  private let rank: Int
  private let axes: [Int]

  init(
    scale: Double, rank: Int, axes: [Int], dropout: Double, seed: Int?, slidingWindow: Int?, kerasMajorVersion: Int
  ) {
    (self.scale, self.dropout, self.seed, self.slidingWindow) = (scale, dropout, seed, slidingWindow)
    (self.kerasMajorVersion, axisCount, self.rank, self.axes) = (kerasMajorVersion, axes.count, rank, axes)
    // As Keras writes them: the attended axes of keys and values have letters of their own.
    let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    let target = letters[..<rank].joined()
    var (source, next) = ("", rank)
    for axis in 0..<rank {
      if axes.contains(axis) {
        source += letters[next]
        next += 1
      } else {
        source += letters[axis]
      }
    }
    let sources = source.map(String.init)
    let along = (0..<(rank - 1)).filter { !axes.contains($0) }.map { letters[$0] }.joined()
    let product = along + axes.map { letters[$0] }.joined() + axes.map { sources[$0] }.joined()
    do {
      scores = try Einsum("\(source),\(target)->\(product)")
      combination = try Einsum("\(product),\(source)->\(target)")
    } catch {
      error.trap()
    }
  }

  /// - Returns: `[batch, axes..., heads, length]`, and the weights `[batch, others..., heads, queries..., values...]`
  ///   before dropout.
  func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ masks: GivenMasks.Chosen, _ call: CallArguments,
    _ context: inout CallContext
  ) -> (Tensor, Tensor) {
    let products = scores(key, query * scale)
    let mask = mask(query, value, masks, isCausal: call.flag("use_causal_mask")).map { mask in
      (mask.rank..<products.rank).reduce(mask) { mask, _ in mask.expandingDims(at: mask.rank - 2 * axisCount) }
        .broadcast(to: products.shape)
    }
    // Keras computes at once what has no dropout and whose weights nobody asks for; where everything is masked it then
    // attends to all alike. Its own masked softmax gives zeros.
    let isAtOnce = rank == 4 && dropout == 0 && !call.flag("return_attention_scores")
    var weights = weights(products, mask, zeroing: !isAtOnce && kerasMajorVersion >= 3)
    let returned = weights
    if context.isTraining, dropout > 0 { weights = weights.dropped(dropout, key: context.random.split(seed: seed)) }
    return (combination(weights, value), returned)
  }

  private func weights(_ products: Tensor, _ mask: Tensor?, zeroing: Bool) -> Tensor {
    // Over all attended axes together.
    let shape = products.shape.array
    let flat = Shape(shape.dropLast(axisCount) + [shape.suffix(axisCount).reduce(1, *)])
    guard let mask else { return products.reshaped(flat).softmax().reshaped(products.shape) }
    let least = Tensor.full(products.shape, products.dtype == .float16 ? -3e4 : -1e9, dtype: products.dtype)
    let weights = Tensor.select(mask, products, least).reshaped(flat).softmax().reshaped(products.shape)
    return zeroing ? Tensor.select(mask, weights, Tensor.zeros(like: weights)) : weights
  }

  /// `[batch or 1, queries, values]`, true where a query sees a value; nil: everywhere.
  private func mask(_ query: Tensor, _ value: Tensor, _ masks: GivenMasks.Chosen, isCausal: Bool) -> Tensor? {
    let (queries, values) = (query.shape[1], value.shape[1])
    var parts: [Tensor] = []
    if let attention = masks.attention { parts.append(attention) }
    if let mask = masks.query { parts.append(mask.expandingDims(at: mask.rank)) }
    for mask in [masks.value, masks.key] { if let mask { parts.append(mask.expandingDims(at: mask.rank - 1)) } }
    if isCausal { parts.append(Tensor.causalMask(queries: queries, values: values)) }
    if let slidingWindow {
      let rows = Tensor.range(0..<queries).reshaped([1, queries, 1])
      let distance = (rows - Tensor.range(0..<values).reshaped([1, 1, values])).abs()
      parts.append(distance.less(Double(slidingWindow)))
    }
    guard let first = parts.first else { return nil }
    return parts.dropFirst().reduce(first) { $0.logicalAnd($1) }
  }
}
