/// What the random operations share: one input, the key's base (int64 `[2]`), and a stream number.
extension Operation {
  func expectKey(_ inputs: [TensorSpec]) throws(CoreError) {
    try expect(inputs, count: 1)
    guard inputs[0] == TensorSpec([2], .int64) else {
      throw mismatch(nil, "found \(inputs[0]), expected a random key's base, int64[2]")
    }
  }

  /// The two words of the key.
  func words(_ key: Tensor) -> (UInt64, UInt64) {
    let base = key.source(Int64.self)
    return (UInt64(bitPattern: base[0]), UInt64(bitPattern: base[1]))
  }
}

extension DType {
  /// Random 16-bit floats are drawn as float32 and cast.
  var drawn: DType { self == .float16 || self == .bfloat16 ? .float32 : self }
}
