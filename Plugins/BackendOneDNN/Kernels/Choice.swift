internal import TensorCore

// Where the library is the faster one of what is neither a product nor a convolution (ConvCase+Choice.swift).
// Measured over rows of 2 to 30,000 elements and the windows of common networks on one core with AVX-512
// (microseconds, ours against the library's): Docs/performance.md has the tables. It has no maximum pooling, softmax,
// logarithm of softmax or its gradient here: the library's lose NaN.

extension OneDNNChoice {
  /// Short rows that end with half a vector or more: 2000 x 30 36 to 21, 952 x 63 22 to 13. All others are ours: 1875
  /// x 32 10 to 15, 60000 x 10 490 to 475, 6400 x 90 237 to 235.
  func takesSoftmaxGradient(_ rows: Int, _ width: Int) -> Bool {
    self == .everything || ((12..<64).contains(width) && width % 16 >= 8 && rows * width >= 1024)
  }

  /// Forward and gradient of short rows: 25088 x 16 611 to 326 and 956 to 452, 12544 x 40 462 to 233 and 736 to 404.
  /// All others are ours: 6400 x 64 126 to 134 and 209 to 289, 6400 x 90 215 to 189 and 409 to 404.
  func takesLayerNorm(_ rows: Int, _ width: Int) -> Bool {
    self == .everything || (rows * width >= 4096 && width < 64)
  }

  /// Windows over one axis that are long beside the channels: 32 x 128 x 16 by 8 18 to 9, 32 x 128 x 64 by 64 31 to
  /// 11. All others are ours: 8 x 56 x 56 x 256 by 2 x 2 1622 to 2352, 32 x 128 x 128 by 8 with stride 1 271 to 391.
  func takesAveragePool(_ geometry: ConvGeometry) -> Bool {
    guard self == .faster else { return true }
    guard geometry.kernelSize.count == 1, geometry.inputShape.elementCount >= 1 << 14 else { return false }
    let (window, channels) = (geometry.kernelSize[0], geometry.inputChannels)
    return window >= 8 && channels <= min(4 * window, 128)
  }
}

extension KernelRequest {
  /// How many threads so many elements are worth, each of which takes about a nanosecond.
  func threads(elements: Int) -> Int { max(1, min(threads, elements >> 14)) }
}
