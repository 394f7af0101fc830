internal import CKernels

/// Ones on the main diagonal, zeros elsewhere: `[rows, columns]`; no inputs.
public struct Eye: Operation {
  public static let name = "eye"

  public var rows: Int
  public var columns: Int
  public var dtype: DType

  public init(rows: Int, columns: Int, dtype: DType) {
    self.rows = rows
    self.columns = columns
    self.dtype = dtype
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 0)
    guard rows >= 0 && columns >= 0 else {
      throw mismatch(nil, "found \(rows) rows and \(columns) columns, expected none below 0")
    }
    return [TensorSpec([rows, columns], dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let y = outputs[0]
    var zero = UInt64(0)
    ck_fill(y.pointer, y.elementCount, dtype.byteCount, &zero, Execution.threads32)
    for index in 0..<min(rows, columns) {
      dtype.write(1, to: y.pointer + (index * columns + index) * dtype.byteCount)
    }
  }
}

extension Tensor {
  /// The identity matrix, or its left or upper part: `[rows, columns]`
  public static func eye(_ rows: Int, columns: Int? = nil, dtype: DType = .float32) -> Tensor {
    apply(Eye(rows: rows, columns: columns ?? rows, dtype: dtype), [])[0]
  }
}
