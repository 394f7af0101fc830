/// Arithmetic with NumPy's broadcasting. A Swift number takes the dtype of the tensor that it meets.
extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { apply(Binary(op: .add), a, b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { apply(Binary(op: .sub), a, b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { apply(Binary(op: .mul), a, b) }
  /// Floor division for integers.
  public static func / (a: Tensor, b: Tensor) -> Tensor { apply(Binary(op: .div), a, b) }

  public static func + (a: Tensor, b: Double) -> Tensor { a + Tensor(scalar: b, dtype: a.dtype) }
  public static func - (a: Tensor, b: Double) -> Tensor { a - Tensor(scalar: b, dtype: a.dtype) }
  public static func * (a: Tensor, b: Double) -> Tensor { a * Tensor(scalar: b, dtype: a.dtype) }
  public static func / (a: Tensor, b: Double) -> Tensor { a / Tensor(scalar: b, dtype: a.dtype) }

  public static func + (a: Double, b: Tensor) -> Tensor { Tensor(scalar: a, dtype: b.dtype) + b }
  public static func - (a: Double, b: Tensor) -> Tensor { Tensor(scalar: a, dtype: b.dtype) - b }
  public static func * (a: Double, b: Tensor) -> Tensor { Tensor(scalar: a, dtype: b.dtype) * b }
  public static func / (a: Double, b: Tensor) -> Tensor { Tensor(scalar: a, dtype: b.dtype) / b }
}
