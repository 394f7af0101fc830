internal import CKernels

/// Short forms for value rules, which know the element types from the shape rule and keep the tensors alive.
extension Tensor {
  var f32: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
  var f64: UnsafeMutablePointer<Double> { pointer.assumingMemoryBound(to: Double.self) }
  /// The bits of bfloat16 numbers.
  var u16: UnsafeMutablePointer<UInt16> { pointer.assumingMemoryBound(to: UInt16.self) }
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
    ck_cast(pointer, dtype.kernel, result.pointer, CK_I64, elementCount, Execution.threads32)
    return result
  }

  /// Calls `body` with the elements of this tensor of integers as int64, each of them one of `0..<count`; traps where one
  /// is not. Makes no tensor.
  func withIndices(below count: Int, _ name: String, _ body: (UnsafePointer<Int64>) -> Void) {
    withExtendedLifetime(self) {
      guard dtype != .int64 else {
        checkIndices(below: count, name)
        return body(i64)
      }
      let byteCount = Swift.max(1, elementCount * MemoryLayout<Int64>.stride)
      guard let memory = ck_allocate(byteCount) else {
        CoreError(.invalidArgument, "no memory for \(elementCount) indices").trap()
      }
      defer { ck_release(memory, byteCount) }
      ck_cast(pointer, dtype.kernel, memory, CK_I64, elementCount, Execution.threads32)
      let indices = memory.assumingMemoryBound(to: Int64.self)
      Self.check(UnsafeBufferPointer(start: indices, count: elementCount), below: count, name)
      body(indices)
    }
  }

  /// Traps unless every element of this int64 tensor is one of `0..<count`.
  func checkIndices(below count: Int, _ name: String) {
    Self.check(UnsafeBufferPointer(start: i64, count: elementCount), below: count, name)
  }

  private static func check(_ indices: UnsafeBufferPointer<Int64>, below count: Int, _ name: String) {
    for index in indices where index < 0 || index >= Int64(count) {
      CoreError(.invalidArgument, "\(name): found index \(index), expected one of 0..<\(count)").trap()
    }
  }
}

extension DType {
  /// Calls `body` with one element of this type that has the given value.
  func withElement<R>(_ value: Double, _ body: (UnsafeRawPointer) -> R) -> R {
    var element: UInt64 = 0
    return withUnsafeMutableBytes(of: &element) { bytes in
      write(value, to: bytes.baseAddress!)
      return body(UnsafeRawPointer(bytes.baseAddress!))
    }
  }
}

extension Shape {
  /// The shape seen around one axis: `[outer, count, inner]`.
  func around(_ axis: Int) -> (outer: Int, count: Int, inner: Int) {
    var (outer, inner) = (1, 1)
    for other in 0..<rank {
      if other < axis { outer *= dimensions[other] } else if other > axis { inner *= dimensions[other] }
    }
    return (outer, self[axis], inner)
  }

  /// `axis` counted from the front; left as it is where there is no such axis, for the shape rule to complain about.
  func resolved(_ axis: Int) -> Int { normalized(axis: axis) ?? axis }
}
