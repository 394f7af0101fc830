// Checks that the shape rules of many operations share, and what their value rules share to call kernels.

internal import CKernels

extension Operation {
  /// Throws unless the input is float32 or float64, which the kernels of this operation compute in.
  func expectFloat(_ input: TensorSpec, _ role: String = "input") throws(CoreError) {
    guard input.dtype == .float32 || input.dtype == .float64 else {
      throw CoreError(
        .dtypeMismatch, "\(Self.name): found \(role) \(input), expected float32 or float64; cast it first")
    }
  }

  /// Throws unless the other inputs have the element type of the first.
  func expectSameDType(_ inputs: [TensorSpec]) throws(CoreError) {
    for input in inputs.dropFirst() where input.dtype != inputs[0].dtype {
      throw CoreError(
        .dtypeMismatch,
        "\(Self.name): found inputs \(inputs[0]) and \(input), expected equal element types; cast one of them")
    }
  }

  /// Throws unless `axis` is an axis of the input, counted from the front.
  func expectAxis(_ axis: Int, in input: TensorSpec) throws(CoreError) {
    guard (0..<input.rank).contains(axis) else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.name): found axis \(axis) for an input \(input), expected \(-input.rank)...\(input.rank - 1)")
    }
  }

  /// Throws unless an attribute has a number for every axis of the input.
  func expectOnePerAxis(_ attribute: [Int], _ name: String, of input: TensorSpec) throws(CoreError) {
    guard attribute.count == input.rank else {
      throw CoreError(
        .shapeMismatch, "\(Self.name): found \(name) \(attribute) for an input \(input), expected \(input.rank) numbers"
      )
    }
  }

  /// Throws unless an input has this shape.
  func expectShape(_ input: TensorSpec, _ shape: Shape, _ role: String) throws(CoreError) {
    guard input.shape == shape else {
      throw CoreError(.shapeMismatch, "\(Self.name): found \(role) \(input), expected shape \(shape)")
    }
  }

  /// Throws unless the input can be used as indices.
  func expectIndices(_ input: TensorSpec) throws(CoreError) {
    guard input.dtype == .int32 || input.dtype == .int64 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found indices \(input), expected int32 or int64; cast them first")
    }
  }
}

extension Shape {
  /// The shape seen around one axis: `[outer, count, inner]`.
  func around(_ axis: Int) -> (outer: Int, count: Int, inner: Int) {
    (self[0..<axis].elementCount, self[axis], self[axis + 1..<rank].elementCount)
  }

  /// `axis` counted from the front; left as it is where there is no such axis, for the shape rule to complain about.
  func resolved(_ axis: Int) -> Int { normalized(axis: axis) ?? axis }

  /// The dimensions for kernels, which want at least one axis.
  var kernelDimensions: [Int] { rank == 0 ? [1] : array }
}

extension Tensor {
  var f32: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
  var f64: UnsafeMutablePointer<Double> { pointer.assumingMemoryBound(to: Double.self) }
  var i32: UnsafeMutablePointer<Int32> { pointer.assumingMemoryBound(to: Int32.self) }
  var i64: UnsafeMutablePointer<Int64> { pointer.assumingMemoryBound(to: Int64.self) }

  /// Makes every byte zero. For value rules, on outputs that nobody else has seen.
  func clear() { pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }

  /// Takes the bytes of another tensor of the same size. For value rules, on outputs that nobody else has seen.
  func take(_ other: Tensor) { pointer.copyMemory(from: other.pointer, byteCount: byteCount) }

  /// The tensor as int64, for kernels that index.
  var asInt64: Tensor {
    guard dtype != .int64 else { return self }
    let result = Tensor(uninitialized: TensorSpec(shape, .int64))
    ck_cast(pointer, dtype.kernelType, result.pointer, CK_I64, elementCount, Execution.threads32)
    return result
  }

  /// Traps unless every element of this int64 tensor is one of `0..<count`.
  func checkIndices(below count: Int, _ name: String) {
    let indices = UnsafeBufferPointer(start: i64, count: elementCount)
    for index in indices where index < 0 || index >= Int64(count) {
      CoreError(.invalidArgument, "\(name): found index \(index), expected one of 0..<\(count)").trap()
    }
  }
}

extension DType {
  var kernelType: ck_dtype {
    switch self {
    case .float32: CK_F32
    case .float64: CK_F64
    case .float16: CK_F16
    case .bfloat16: CK_BF16
    case .int64: CK_I64
    case .int32: CK_I32
    case .uint8: CK_U8
    case .bool: CK_BOOL
    }
  }

  /// Calls `body` with one element of this type that has the given value.
  func withElement<R>(_ value: Double, _ body: (UnsafeRawPointer) -> R) -> R {
    var element: UInt64 = 0
    var value = value
    return withUnsafeMutableBytes(of: &element) { bytes in
      ck_cast(&value, CK_F64, bytes.baseAddress!, kernelType, 1, 1)
      return body(UnsafeRawPointer(bytes.baseAddress!))
    }
  }
}
