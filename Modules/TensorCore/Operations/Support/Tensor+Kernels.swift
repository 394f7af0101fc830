internal import CKernels

extension Tensor {
  /// The elements for a C kernel to read. The caller keeps the tensor alive.
  func source<S>(_ type: S.Type = S.self) -> UnsafePointer<S> {
    UnsafePointer(pointer.bindMemory(to: S.self, capacity: elementCount))
  }

  /// The elements for a C kernel to write. The caller keeps the tensor alive and knows it to be unique.
  func destination<S>(_ type: S.Type = S.self) -> UnsafeMutablePointer<S> {
    pointer.bindMemory(to: S.self, capacity: elementCount)
  }

  /// One number as a tensor of shape `[]`. Traps where `dtype` cannot hold it (0.5 as an integer).
  public init(scalar value: Double, dtype: DType) {
    guard dtype.holds(value) else {
      CoreError(
        .dtypeMismatch, "found the scalar \(value), expected one that \(dtype.rawValue) can hold; cast the tensor first"
      )
      .trap()
    }
    self.init(uninitialized: TensorSpec(Shape(), dtype))
    dtype.write(value, to: storage.base)
  }
}

extension DType {
  /// This element type as the C kernels number it.
  var kernel: ck_dtype {
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

  /// Whether a number can be an element; floats round, integers do not.
  func holds(_ value: Double) -> Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    case .int64: Int64(exactly: value) != nil
    case .int32: Int32(exactly: value) != nil
    case .uint8: UInt8(exactly: value) != nil
    case .bool: value == 0 || value == 1
    }
  }

  /// Writes a number as one element.
  func write(_ value: Double, to pointer: UnsafeMutableRawPointer) {
    switch self {
    case .float32: pointer.storeBytes(of: Float(value), as: Float.self)
    case .float64: pointer.storeBytes(of: value, as: Double.self)
    default:
      withUnsafePointer(to: value) { ck_cast($0, CK_F64, pointer, kernel, 1, 1) }
    }
  }

  /// For the branch of a kernel switch that a shape rule has excluded.
  func hasNoKernel(_ operation: String) -> Never {
    CoreError(.dtypeMismatch, "\(operation): found \(rawValue), for which it is not defined; cast it first").trap()
  }
}
