internal import COneDNN
internal import TensorCore

extension DType {
  /// The library's name of an element type; nil where it has none.
  var described: cdnn_type? {
    switch self {
    case .float32: CDNN_FLOAT32
    case .float16: CDNN_FLOAT16
    case .bfloat16: CDNN_BFLOAT16
    case .int32: CDNN_INT32
    case .uint8: CDNN_UINT8
    default: nil
    }
  }
}

extension cdnn_tensor {
  /// Elements at `strides`, in the library's order of axes.
  init(_ type: cdnn_type, _ sizes: [Int], strides: [Int]) {
    self = cdnn_tensor_make(type, Int32(sizes.count), sizes, strides)
  }

  /// In whatever layout the library likes best.
  init(anyLayout type: cdnn_type, _ sizes: [Int]) {
    self = cdnn_tensor_make(type, Int32(sizes.count), sizes, nil)
  }

  /// Dense row-major.
  init(dense type: cdnn_type, _ sizes: [Int]) {
    self.init(type, sizes, strides: Self.denseStrides(sizes))
  }

  /// Our `[batch, spatial..., channels]`, which the library wants named as `[batch, channels, spatial...]`.
  init(channelsLast type: cdnn_type, _ sizes: [Int]) {
    let strides = Self.denseStrides(sizes)
    self.init(
      type, [sizes[0], sizes[sizes.count - 1]] + sizes[1..<sizes.count - 1],
      strides: [strides[0], 1] + strides[1..<sizes.count - 1])
  }

  static func denseStrides(_ sizes: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(sizes[axis + 1], 1) }
    return strides
  }
}

extension KernelRequest {
  /// Whether a tensor has no elements: such cases are left to the portable rules.
  var isEmpty: Bool { (inputs + outputs).contains { $0.elementCount == 0 } }

  var threads32: Int32 { Int32(clamping: threads) }

  /// How many threads so many multiplications are worth. A core does half a million in about 10 µs; a team takes some to
  /// gather, and all of them wait for the one that the system runs last.
  func threads(multiplications: Int) -> Int { max(1, min(threads, multiplications >> 19)) }

  func isAll(_ dtype: DType) -> Bool { (inputs + outputs).allSatisfy { $0.dtype == dtype } }
}

/// `body` with a pointer to the value, or null for nil.
func withOptionalPointer<T, R>(to value: T?, _ body: (UnsafePointer<T>?) -> R) -> R {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
