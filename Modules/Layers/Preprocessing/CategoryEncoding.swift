public import TensorCore

/// The numbers of categories as vectors over all of them: `[batch, n] -> [batch, numTokens]`, and for `oneHot`
/// `[batch, ...] -> [batch, ..., numTokens]` (a last axis of length 1 becomes the vector). Keras: `CategoryEncoding`.
///
/// Numbers come in any type, fractions are cut off; from `numTokens` on they leave no trace. A negative one, with
/// `multiHot` and `count`, is an error `invalidData` of a prediction, and traps where nobody collects `DataFaults`. With
/// `count`, a second input `count_weights` of the same shape says what each element counts.
public struct CategoryEncoding: Layer, DataChecking {
  public static let kind = "CategoryEncoding"
  public static let template = CategoryEncoding(numTokens: 1)
  public static let requiredKeys = ["num_tokens"]
  public static let inputNames = ["inputs", "count_weights"]

  /// How many categories there are.
  public var numTokens: Int
  public var outputMode: CategoryOutput
  /// Keras's switch for sparse tensors, which there are none of here: only false can be built.
  public var sparse = false

  public init(numTokens: Int, outputMode: CategoryOutput = .multiHot) {
    (self.numTokens, self.outputMode) = (numTokens, outputMode)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expect(numTokens > 0, "num_tokens", numTokens, "a number above 0")
    try expect(
      outputMode != .int && outputMode != .tfIDF, "output_mode", outputMode.rawValue, "one_hot, multi_hot or count")
    try expect(!sparse, "sparse", sparse, "false: there are no sparse tensors")
    guard inputs.count == 1 || (inputs.count == 2 && outputMode == .count) else {
      throw CoreError(
        .shapeMismatch,
        "CategoryEncoding: found \(inputs.count) inputs with output_mode \(outputMode.rawValue), expected one, and "
          + "count_weights besides with count alone")
    }
    guard inputs.count == 1 || inputs[1].shape == inputs[0].shape else {
      throw CoreError(
        .shapeMismatch,
        "CategoryEncoding: found count_weights \(Shape.batchDescription(inputs[1].shape)), expected the shape of the "
          + "input \(Shape.batchDescription(inputs[0].shape))")
    }
    let (depth, mode, dtype) = (numTokens, outputMode, scope.categoryDType(outputMode))
    return Forward(many: { inputs, _ in
      let x = inputs[0].stopGradient()
      let indices = x.dtype == .int64 ? x : x.cast(to: .int64)
      let weights = inputs.count > 1 ? inputs[1].cast(to: dtype == .float64 ? .float64 : .float32) : nil
      return [mode.encode(indices, depth: depth, weights: weights).cast(to: dtype)]
    })
  }
}

extension CategoryEncoding: DialectSpelling {
  /// Keras 3 does not write the switch for sparse tensors.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras3 { config["sparse"] = nil }
  }
}
