/// An array of numbers with a shape and an element type that are known at run time.
///
/// A value: copies are cheap and share bytes until one of them is written. Elements are dense and row-major.
public struct Tensor: Sendable {
  var storage: Storage
  /// Where this tensor's elements begin in `storage`, in bytes.
  var byteOffset: Int
  public let spec: TensorSpec
  /// Set while an `Interpreter` (a gradient tape, a graph capture) watches this value.
  public internal(set) var trace: TraceRef?

  init(storage: Storage, byteOffset: Int = 0, spec: TensorSpec, trace: TraceRef? = nil) {
    self.storage = storage
    self.byteOffset = byteOffset
    self.spec = spec
    self.trace = trace
  }

  /// A tensor whose elements are yet to be written.
  public init(uninitialized spec: TensorSpec) {
    self.init(storage: Storage(byteCount: spec.byteCount), spec: spec)
  }

  /// The scalars in row-major order. Traps where their number does not fit the shape.
  public init<S: Scalar>(_ scalars: [S], _ shape: Shape) {
    guard scalars.count == shape.elementCount else {
      CoreError(.shapeMismatch, "found \(scalars.count) scalars for shape \(shape), expected \(shape.elementCount)")
        .trap()
    }
    self.init(uninitialized: TensorSpec(shape, S.dtype))
    scalars.withUnsafeBytes { source in
      if let from = source.baseAddress { storage.base.copyMemory(from: from, byteCount: source.count) }
    }
  }

  /// A vector.
  public init<S: Scalar>(_ scalars: [S]) { self.init(scalars, [scalars.count]) }

  /// A scalar.
  public init<S: Scalar>(_ scalar: S) { self.init([scalar], []) }

  public var shape: Shape { spec.shape }
  public var dtype: DType { spec.dtype }
  public var rank: Int { spec.shape.rank }
  public var elementCount: Int { spec.shape.elementCount }
  public var byteCount: Int { spec.byteCount }

  /// Whether there are bytes to read: false for the tensors of a graph capture, which have a spec only.
  public var isHollow: Bool { storage.byteCount == 0 && spec.byteCount > 0 }
}

// MARK: - Reading and writing

extension Tensor {
  /// The bytes, row-major.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let source = isHollow ? zerosForCapture() : storage
    let start = source === storage ? byteOffset : 0
    return try withExtendedLifetime(source) {
      try body(UnsafeRawBufferPointer(start: source.base + start, count: spec.byteCount))
    }
  }

  /// Zeros in place of the values that a tensor of a graph capture does not have. The capture throws for it.
  private func zerosForCapture() -> Storage {
    let error = CoreError(
      .invalidArgument, "a tensor \(spec) of a captured graph has no values to read; return it from the closure instead"
    )
    var trace = trace
    while let current = trace, !(current.interpreter is GraphCapture) { trace = current.below.trace }
    guard let capture = trace?.interpreter as? GraphCapture else { error.trap() }
    capture.fail(error)
    let zeros = Storage(byteCount: spec.byteCount)
    zeros.base.initializeMemory(as: UInt8.self, repeating: 0, count: spec.byteCount)
    return zeros
  }

  /// The bytes for writing; copied first where another tensor shares them.
  public mutating func withMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) { self = copy() }
    trace = nil
    return try body(UnsafeMutableRawBufferPointer(start: storage.base + byteOffset, count: spec.byteCount))
  }

  /// The elements as `S`, row-major. Traps where `S` is not this tensor's element type.
  public func withScalars<S: Scalar, R>(
    of type: S.Type = S.self, _ body: (UnsafeBufferPointer<S>) throws -> R
  ) rethrows -> R {
    checkType(S.self)
    return try withBytes { try body($0.bindMemory(to: S.self)) }
  }

  public mutating func withMutableScalars<S: Scalar, R>(
    of type: S.Type = S.self, _ body: (UnsafeMutableBufferPointer<S>) throws -> R
  ) rethrows -> R {
    checkType(S.self)
    return try withMutableBytes { try body($0.bindMemory(to: S.self)) }
  }

  /// The elements as an array.
  public func scalars<S: Scalar>(of type: S.Type = S.self) -> [S] { withScalars(of: S.self) { Array($0) } }

  /// The one element of a tensor of any shape with one element, as `S`.
  public func scalar<S: Scalar>(of type: S.Type = S.self) -> S {
    guard elementCount == 1 else {
      CoreError(.shapeMismatch, "found shape \(shape), expected one element").trap()
    }
    return withScalars(of: S.self) { $0[0] }
  }

  /// The same values in bytes of their own, watched by nobody.
  public func copy() -> Tensor {
    let result = Tensor(uninitialized: spec)
    withBytes { if let from = $0.baseAddress { result.storage.base.copyMemory(from: from, byteCount: $0.count) } }
    return result
  }

  /// The same bytes seen with another spec of the same byte count. For operations that only rename axes.
  public func aliased(as spec: TensorSpec) -> Tensor {
    CoreError.require(
      spec.byteCount == self.spec.byteCount, .shapeMismatch, "aliased \(self.spec) as \(spec): byte counts differ")
    return Tensor(storage: storage, byteOffset: byteOffset, spec: spec)
  }

  /// Rows `range` of the first axis, sharing the bytes: `[n, ...] -> [range.count, ...]`. Not watched by interpreters.
  public func aliasedRows(_ range: Range<Int>) -> Tensor {
    CoreError.require(
      rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], .shapeMismatch, "rows \(range) of \(spec)")
    var rows = spec
    rows.shape[0] = range.count
    let rowBytes = shape[0] == 0 ? 0 : byteCount / shape[0]
    return Tensor(storage: storage, byteOffset: byteOffset + range.lowerBound * rowBytes, spec: rows)
  }

  /// Whether both are the very same value: the same bytes, seen alike, watched alike.
  public func isSameValue(as other: Tensor) -> Bool {
    storage === other.storage && byteOffset == other.byteOffset && spec == other.spec && trace === other.trace
  }

  private func checkType<S: Scalar>(_ type: S.Type) {
    guard S.dtype == dtype else {
      CoreError(.dtypeMismatch, "found a tensor \(spec), read as \(S.dtype.rawValue); cast it first").trap()
    }
  }

  /// Where the first element lies. For kernels inside TensorCore that keep the tensor alive themselves.
  var pointer: UnsafeMutableRawPointer { storage.base + byteOffset }
}
