internal import CKernels

/// The element types of tensors. Raw values are Keras's and NumPy's names.
public enum DType: String, Codable, Sendable, CaseIterable {
  case float32, float64, float16, bfloat16, int64, int32, uint8, bool

  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    case .uint8, .bool: 1
    }
  }

  public var isFloating: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    case .int64, .int32, .uint8, .bool: false
    }
  }

  public var isInteger: Bool {
    switch self {
    case .int64, .int32, .uint8: true
    case .float32, .float64, .float16, .bfloat16, .bool: false
    }
  }

  /// Whether arithmetic is defined: float16 and bfloat16 are storage types (cast them first), bool is logical.
  public var isArithmetic: Bool {
    switch self {
    case .float32, .float64, .int64, .int32, .uint8: true
    case .float16, .bfloat16, .bool: false
    }
  }
}

/// A Swift type that is the element type of a tensor.
public protocol Scalar: BitwiseCopyable, Sendable {
  static var dtype: DType { get }
}

extension Float: Scalar { public static var dtype: DType { .float32 } }
extension Double: Scalar { public static var dtype: DType { .float64 } }
extension Int64: Scalar { public static var dtype: DType { .int64 } }
extension Int32: Scalar { public static var dtype: DType { .int32 } }
extension UInt8: Scalar { public static var dtype: DType { .uint8 } }
extension Bool: Scalar { public static var dtype: DType { .bool } }
