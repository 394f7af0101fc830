internal import TensorCore

/// An element type as NumPy spells it: `<f4`.
struct NumPyElement {
  let kind: Character
  let byteCount: Int
  let isBigEndian: Bool

  /// nil for what is no plain number.
  init?(code: String) {
    let order = code.first ?? " "
    let rest = "<>|=".contains(order) ? code.dropFirst() : code[...]
    guard let kind = rest.first, let byteCount = Int(rest.dropFirst()) else { return nil }
    let sizes: [Character: [Int]] = ["f": [2, 4, 8], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "b": [1]]
    guard sizes[kind]?.contains(byteCount) == true else { return nil }
    (self.kind, self.byteCount, isBigEndian) = (kind, byteCount, order == ">")
  }

  /// The tensor type that holds it, and whether the bytes can be taken as they are.
  private var target: (dtype: DType, isExact: Bool) {
    switch (kind, byteCount) {
    case ("f", 2): (.float16, true)
    case ("f", 4): (.float32, true)
    case ("f", _): (.float64, true)
    case ("b", _): (.bool, true)
    case ("u", 1): (.uint8, true)
    case ("i", 4): (.int32, true)
    case ("i", 8): (.int64, true)
    case ("i", _), ("u", 2): (.int32, false)
    default: (.int64, false)
    }
  }

  func tensor(_ data: ArraySlice<UInt8>, _ shape: Shape, _ name: String) throws(CoreError) -> Tensor {
    let (dtype, isExact) = target
    var tensor = Tensor(uninitialized: TensorSpec(shape, dtype))
    if isExact {
      tensor.withMutableBytes { bytes in
        bytes.copyBytes(from: data)
        if isBigEndian, byteCount > 1 { swapBytes(bytes) }
        if dtype == .bool { for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 } }
      }
      return tensor
    }
    let isTooLarge = dtype == .int32 ? widen(data, &tensor, Int32.self) : widen(data, &tensor, Int64.self)
    guard !isTooLarge else {
      throw CoreError(.invalidFile, "found an unsigned number beyond int64", path: [name])
    }
    return tensor
  }

  private func swapBytes(_ bytes: UnsafeMutableRawBufferPointer) {
    for start in stride(from: 0, to: bytes.count, by: byteCount) { bytes[start..<start + byteCount].reverse() }
  }

  /// Whether a number did not fit.
  private func widen<S: Scalar & FixedWidthInteger>(_ data: ArraySlice<UInt8>, _ tensor: inout Tensor, _: S.Type)
    -> Bool
  {
    var isTooLarge = false
    tensor.withMutableScalars(of: S.self) { numbers in
      for index in numbers.indices {
        let start = data.startIndex + index * byteCount
        let ordered =
          isBigEndian ? Array(data[start..<start + byteCount].reversed()) : Array(data[start..<start + byteCount])
        var bits: UInt64 = 0
        for (position, byte) in ordered.enumerated() { bits |= UInt64(byte) << (8 * position) }
        if kind == "i" {
          let unused = 64 - 8 * byteCount
          numbers[index] = S(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)
        } else {
          isTooLarge = isTooLarge || bits > UInt64(S.max)
          numbers[index] = S(truncatingIfNeeded: bits)
        }
      }
    }
    return isTooLarge
  }
}

extension DType {
  /// NumPy's little-endian code; nil for bfloat16.
  var numpyCode: String? {
    switch self {
    case .float32: "<f4"
    case .float64: "<f8"
    case .float16: "<f2"
    case .bfloat16: nil
    case .int64: "<i8"
    case .int32: "<i4"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  }
}
