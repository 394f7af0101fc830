internal import TensorCore

// keras.ops.nn and keras.ops.image.
extension GraphOperationRegistry {
  static let neural: Family = [
    ("MaxPool", { call in [try pooled(call) { $0.maxPool(window: $1, strides: $2, padding: $3) }] }),
    ("AveragePool", { call in [try pooled(call) { $0.averagePool(window: $1, strides: $2, padding: $3) }] }),
    (
      "LayerNorm",
      { call in
        let x = try call.tensor("x")
        let (axes, epsilon) = (
          call.has("axis") ? try call.axes(of: x) : [x.rank - 1], try call.number("epsilon", default: 1e-7)
        )
        let centered = x - x.mean(axes: axes, keepDims: true)
        var y = centered * (centered.square().mean(axes: axes, keepDims: true) + epsilon).rsqrt()
        if call.has("gamma", 1) { y = y * (try call.tensor("gamma", 1).cast(to: x.dtype)) }
        if call.has("beta", 2) { y = y + (try call.tensor("beta", 2).cast(to: x.dtype)) }
        return [y]
      }
    ),
    (
      "RMSNorm",
      { call in
        let x = try call.tensor("x")
        let (axes, epsilon) = (
          call.has("axis") ? try call.axes(of: x) : [x.rank - 1], try call.number("epsilon", default: 1e-7)
        )
        let y = x * (x.square().mean(axes: axes, keepDims: true) + epsilon).rsqrt()
        return [call.has("scale", 1) ? y * (try call.tensor("scale", 1).cast(to: x.dtype)) : y]
      }
    ),
    (
      "RGBToGrayscale",
      { call in
        let x = try call.tensor("images")
        let isFirst = call.value("data_format")?.stringValue == "channels_first"
        let axis = isFirst ? x.rank - 3 : x.rank - 1
        guard x.rank >= 3, x.shape[axis] == 3 else { throw call.invalid("\(x.shape)", "three channels") }
        var shape = [Int](repeating: 1, count: x.rank)
        shape[axis] = 3
        let weights = Tensor([0.2989, 0.587, 0.114] as [Float], [3]).cast(to: x.asFloat.dtype).reshaped(shape)
        return [(x.asFloat * weights).sum(axes: [axis], keepDims: true)]
      }
    ),
  ]

  private static func pooled(
    _ call: OperationCall, _ body: (Tensor, [Int], [Int], ConvPadding) -> Tensor
  ) throws(CoreError) -> Tensor {
    let x = try call.tensor("inputs")
    let count = x.rank - 2
    func sizes(_ name: String) throws(CoreError) -> [Int]? {
      guard var sizes = try call.ints(name) else { return nil }
      if sizes.count == count + 2 { sizes = Array(sizes[1...count]) }
      if sizes.count == 1 { sizes = Array(repeating: sizes[0], count: count) }
      guard sizes.count == count, sizes.allSatisfy({ $0 > 0 }) else {
        throw call.invalid("\(name) \(sizes)", "\(count) numbers above 0")
      }
      return sizes
    }
    guard count > 0, let window = try sizes("pool_size") else {
      throw call.invalid("\(x.shape)", "images and a pool_size")
    }
    let strides = try sizes("strides") ?? window
    let padding: ConvPadding = call.value("padding")?.stringValue?.lowercased() == "same" ? .same : .valid
    let isFirst = call.value("data_format")?.stringValue.map { $0 == "channels_first" || $0.hasPrefix("NC") } ?? false
    guard isFirst else { return body(x, window, strides, padding) }
    let last = x.transposed([0] + Array(2..<x.rank) + [1])
    return body(last, window, strides, padding).transposed([0, x.rank - 1] + Array(1..<x.rank - 1))
  }
}
