internal import TensorCore

// One number at a time.
extension GraphOperationRegistry {
  static let elementwise: Family = kept + real + tests + settable

  private static let settable: Family = [
    (
      "Round",
      { call in
        let (x, decimals) = (try call.tensor("x"), try call.int("decimals", default: 0))
        guard decimals != 0, x.dtype.isFloating else { return [x.rounded()] }
        var scale = 1.0
        for _ in 0..<abs(decimals) { scale *= 10 }
        return [decimals > 0 ? (x * scale).rounded() / scale : (x / scale).rounded() * scale]
      }
    ),
    ("Cast", { call in [try call.tensor("x").cast(to: try call.dtype("dtype") ?? .float32)] }),
    ("SaturateCast", { call in [try call.tensor("x").cast(to: try call.dtype("dtype") ?? .float32)] }),
    (
      "ConvertToTensor",
      { call in
        let x = try call.tensor("x")
        return [x.cast(to: try call.dtype("dtype") ?? x.dtype)]
      }
    ),
    (
      "NanToNum",
      { call in
        let x = try call.tensor("x")
        let (least, most) = (-3.4028234663852886e38, 3.4028234663852886e38)
        let (nan, high) = (try call.number("nan", default: 0), try call.number("posinf", default: most))
        let low = try call.number("neginf", default: least)
        var y = Tensor.select(x.notEqual(x), Tensor.full(x.shape, nan, dtype: x.dtype), x)
        y = Tensor.select(y.equal(.infinity), Tensor.full(x.shape, high, dtype: x.dtype), y)
        return [Tensor.select(y.equal(-.infinity), Tensor.full(x.shape, low, dtype: x.dtype), y)]
      }
    ),
  ]

  /// Functions that leave integers integers.
  private static let kept: Family = [
    unary("Absolute") { $0.abs() }, unary("Abs") { $0.abs() }, unary("Negative") { $0.negated() },
    unary("Square") { $0.square() }, unary("Sign") { $0.sign() }, unary("Copy") { $0 }, unary("Conj") { $0 },
    unary("Conjugate") { $0 }, unary("Real") { $0 }, unary("Identity") { $0 },
    unary("StopGradient") { $0.stopGradient() },
    unary("Trunc") { $0.dtype.isFloating ? Tensor.select($0.less(0), $0.ceil(), $0.floor()) : $0 },
  ]

  /// Functions of real numbers.
  private static let real: Family = [
    ofReals("Fabs") { $0.abs() }, ofReals("Exp") { $0.exp() }, ofReals("Expm1") { $0.expm1() },
    ofReals("Exp2") { ($0 * 0.6931471805599453).exp() }, ofReals("Log") { $0.log() }, ofReals("Log1p") { $0.log1p() },
    ofReals("Log2") { $0.log() * 1.4426950408889634 }, ofReals("Log10") { $0.log() * 0.4342944819032518 },
    ofReals("Sqrt") { $0.sqrt() }, ofReals("Rsqrt") { $0.rsqrt() }, ofReals("Reciprocal") { $0.reciprocal() },
    ofReals("Cbrt") { $0.sign() * ($0.abs().log() * (1 / 3.0)).exp() },
    ofReals("Sin") { $0.sin() }, ofReals("Cos") { $0.cos() }, ofReals("Tan") { $0.tan() },
    ofReals("Tanh") { $0.tanh() }, ofReals("Sinh") { ($0.exp() - $0.negated().exp()) * 0.5 },
    ofReals("Cosh") { ($0.exp() + $0.negated().exp()) * 0.5 },
    ofReals("Arcsin") { $0.atan2((1 - $0.square()).sqrt()) }, ofReals("Arccos") { (1 - $0.square()).sqrt().atan2($0) },
    ofReals("Arctan") { $0.atan2(Tensor.ones(like: $0)) },
    ofReals("Arcsinh") { $0.sign() * ($0.abs() + ($0.square() + 1).sqrt()).log() },
    ofReals("Arccosh") { ($0 + ($0.square() - 1).sqrt()).log() },
    ofReals("Arctanh") { (((1 + $0) / (1 - $0)).log()) * 0.5 },
    ofReals("Erf") { $0.erf() }, ofReals("Erfc") { 1 - $0.erf() },
    ofReals("Floor") { $0.floor() }, ofReals("Ceil") { $0.ceil() },
    ofReals("Deg2rad") { $0 * (Double.pi / 180) }, ofReals("Rad2deg") { $0 * (180 / Double.pi) },
  ]

  private static let tests: Family = [
    unary("Isnan") { $0.notEqual($0) }, unary("Isinf") { $0.abs().equal(.infinity) },
    unary("Isfinite") { $0.asFloat.abs().less(.infinity) }, unary("Signbit") { $0.less(0) },
  ]

  static func unary(_ name: String, _ body: @escaping @Sendable (Tensor) -> Tensor) -> (String, GraphFunction) {
    (name, { call in [body(try call.tensor("x"))] })
  }

  static func ofReals(_ name: String, _ body: @escaping @Sendable (Tensor) -> Tensor) -> (String, GraphFunction) {
    unary(name) { body($0.asFloat) }
  }
}

extension OperationCall {
  /// An element type by its name, as a text or as Keras 2 writes it; nil where there is none.
  func dtype(_ name: String, _ place: Int? = nil) throws(CoreError) -> DType? {
    guard let json = value(name, place) else { return nil }
    guard let dtype = json.stringValue.flatMap(DType.init) else {
      throw invalid("\(name) \(json)", "one of \(DType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return dtype
  }
}
