/// The checks that shape rules share. `title` is what the message calls the operation where its name says too little.
extension Operation {
  func mismatch(_ title: String? = nil, _ message: String) -> CoreError {
    CoreError(.shapeMismatch, "\(title ?? Self.name): \(message)")
  }

  /// float32 or float64.
  func expectFloating(_ spec: TensorSpec, _ title: String? = nil) throws(CoreError) {
    guard spec.dtype == .float32 || spec.dtype == .float64 else {
      throw CoreError(
        .dtypeMismatch, "\(title ?? Self.name): found \(spec), expected float32 or float64; cast it with cast(to:)")
    }
  }

  func expectArithmetic(_ spec: TensorSpec, _ title: String? = nil) throws(CoreError) {
    guard spec.dtype.isArithmetic else {
      throw CoreError(
        .dtypeMismatch,
        "\(title ?? Self.name): found \(spec), expected float32, float64, int32, int64 or uint8; "
          + "cast it with cast(to:)")
    }
  }

  func expect(_ spec: TensorSpec, _ dtype: DType, _ title: String? = nil) throws(CoreError) {
    guard spec.dtype == dtype else {
      throw CoreError(
        .dtypeMismatch, "\(title ?? Self.name): found \(spec), expected \(dtype.rawValue); cast it with cast(to:)")
    }
  }

  func expectEqualDTypes(_ a: TensorSpec, _ b: TensorSpec, _ title: String? = nil) throws(CoreError) {
    guard a.dtype == b.dtype else {
      throw CoreError(
        .dtypeMismatch,
        "\(title ?? Self.name): found \(a) and \(b), expected equal dtypes; cast one of them with cast(to:)")
    }
  }

  func expectEqual(_ a: TensorSpec, _ b: TensorSpec, _ title: String? = nil) throws(CoreError) {
    try expectEqualDTypes(a, b, title)
    guard a.shape == b.shape else { throw mismatch(title, "found \(a) and \(b), expected equal shapes") }
  }

  /// The shape that two operands broadcast to.
  func broadcast(_ a: TensorSpec, _ b: TensorSpec, _ title: String? = nil) throws(CoreError) -> Shape {
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      throw mismatch(
        title, "found \(a) and \(b), expected shapes that broadcast (equal, or 1, from the last axis backward)")
    }
    return shape
  }

  /// Throws unless `axis` (counted from the front) is one of the shape.
  func expectAxis(_ axis: Int, of spec: TensorSpec) throws(CoreError) {
    guard axis >= 0 && axis < spec.rank else {
      throw mismatch(nil, "found axis \(axis) for \(spec), expected one in 0..<\(spec.rank)")
    }
  }
}
