internal import TensorCore

/// What the pooling layers over windows have in common.
protocol PoolingLayer: Layer {
  static var poolKind: Pool.Kind { get }
  var windowNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
}

extension PoolingLayer {
  func buildPooling(inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = windowNumbers.count + 2
    _ = try expectOneInput(inputs, ranks: rank...rank)
    try expectWindow(windowNumbers, "pool_size")
    try expectWindow(strideNumbers, "strides")
    try expectNotCausal(padding)
    let pool = Pool(kind: Self.poolKind, window: windowNumbers, strides: strideNumbers, padding: padding.rule)
    let format = dataFormat ?? .channelsLast
    return Forward { x, _ in format.fromChannelsLast(Tensor.apply(pool, format.toChannelsLast(x))) }
  }
}

/// What the layers that pool over all of space have in common.
protocol GlobalPoolingLayer: Layer {
  static var spatialRank: Int { get }
  var dataFormat: DataFormat? { get }
}

extension GlobalPoolingLayer {
  func pooledAxes(_ inputs: [TensorSpec]) throws(CoreError) -> [Int] {
    _ = try expectOneInput(inputs, ranks: (Self.spatialRank + 2)...(Self.spatialRank + 2))
    let first = dataFormat == .channelsFirst ? 2 : 1
    return Array(first..<(first + Self.spatialRank))
  }
}
