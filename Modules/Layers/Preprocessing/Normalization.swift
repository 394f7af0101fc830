public import TensorCore

/// `(x - mean) / sqrt(variance)`, with a mean and a variance per index of some axes; of any shape. Keras:
/// `Normalization`.
///
/// The statistics are part of the recipe (given, or those of data: `adapted(to:)`), or weights `mean`, `variance` and
/// `count`, not trained, as Keras's files have them after its `adapt`.
public struct Normalization: Layer {
  public static let kind = "Normalization"
  public static let template = Normalization()

  /// The axes that have statistics of their own per index; none: one mean and one variance for everything.
  public var axis: KerasAxes
  /// A number for all, or numbers whose axes are the last of `axis`. nil: a weight.
  public var mean: NestedNumbers?
  /// Of the shape of `mean`.
  public var variance: NestedNumbers?
  /// Whether to undo the normalization: `x sqrt(variance) + mean`.
  public var invert = false

  public init(
    axis: KerasAxes = [-1], mean: NestedNumbers? = nil, variance: NestedNumbers? = nil, invert: Bool = false
  ) {
    // Keras writes one axis as a list too.
    (self.axis, self.invert) = (KerasAxes(axis.values), invert)
    (self.mean, self.variance) = (mean, variance)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let kept = try keptAxes(in: input.shape)
    let broadcast = Shape(input.shape.array.enumerated().map { kept.contains($0) ? $1 : 1 })
    let (invert, dtype) = (invert, scope.dtypePolicy.computeDType ?? scope.dtype)
    if let given = try givenStatistics(kept, broadcast) {
      return Forward { x, _ in
        Self.apply(x.cast(to: dtype), given.mean.cast(to: dtype), given.variance.cast(to: dtype), invert)
      }
    }
    let shape = Shape(kept.map { input.shape[$0] })
    let mean = scope.weight("mean", shape, .zeros, isTrainable: false)
    let variance = scope.weight("variance", shape, .ones, isTrainable: false)
    _ = scope.weight("count", [], .zeros, dtype: .int64, isTrainable: false)
    return Forward { x, context in
      Self.apply(
        x.cast(to: dtype), context[mean].reshaped(broadcast), context[variance].reshaped(broadcast), invert)
    }
  }

  private static func apply(_ x: Tensor, _ mean: Tensor, _ variance: Tensor, _ invert: Bool) -> Tensor {
    let deviation = variance.sqrt().maximum(Tensor(scalar: 1e-7, dtype: x.dtype))
    return invert ? mean + x * deviation : (x - mean) / deviation
  }

  /// Counted from the front and ascending.
  func keptAxes(in shape: Shape) throws(CoreError) -> [Int] {
    axis.values.isEmpty ? [] : try axis.resolved(in: shape, of: Self.kind)
  }

  /// The statistics of the recipe in the shape of the input, 1 along other axes than `kept`. nil where they are weights.
  private func givenStatistics(
    _ kept: [Int], _ broadcast: Shape
  ) throws(CoreError) -> (mean: Tensor, variance: Tensor)? {
    guard mean != nil || variance != nil else { return nil }
    guard let mean, let variance, mean.shape == variance.shape else {
      throw CoreError(
        .invalidConfig,
        "Normalization: found mean of shape \(mean.map { "\($0.shape)" } ?? "null") and variance of shape "
          + "\(variance.map { "\($0.shape)" } ?? "null"), expected both, of one shape")
    }
    var shape = [Int](repeating: 1, count: broadcast.rank)
    for (length, axis) in zip(mean.shape.reversed(), kept.reversed()) { shape[axis] = length }
    let fits = zip(shape, broadcast.array).allSatisfy { $0 == 1 || $0 == $1 }
    guard mean.shape.count <= kept.count, fits else {
      throw CoreError(
        .invalidConfig,
        "Normalization: found mean of shape \(mean.shape), expected one number, or numbers for axes \(kept) of "
          + Shape.batchDescription(broadcast))
    }
    return (Tensor(mean.values, Shape(shape)), Tensor(variance.values, Shape(shape)))
  }
}

extension Normalization: DialectSpelling {
  /// No axis may be written as null; one, as a number.
  static func read(_ config: inout JSONObject) {
    if let axis = config["axis"], axis.isNull { config["axis"] = [] }
    if let axis = config["axis"], axis.intValue != nil { config["axis"] = [axis] }
  }

  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {}
}
