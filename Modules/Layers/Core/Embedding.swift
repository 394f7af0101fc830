public import TensorCore

/// A vector for every number of a vocabulary: indices `[batch, ...]` -> `[batch, ..., outputDim]`. Bengio et al. 2003.
/// Keras: `Embedding`.
///
/// Indices are int32 or int64; other element types are truncated to int32. An index outside of `0..<inputDim` traps.
public struct Embedding: Layer {
  public static let kind = "Embedding"
  public static let template = Embedding(inputDim: 1, outputDim: 1)
  /// The vectors are rounded, not the table, so that a vector's gradients are summed in float32.
  public static let keepsPrecision = true
  public static let requiredKeys = ["input_dim", "output_dim"]

  /// How many numbers there are.
  public var inputDim: Int
  /// The length of each vector.
  public var outputDim: Int
  public var embeddingsInitializer = Initializer.randomUniform()
  public var embeddingsRegularizer: Regularizer?
  public var activityRegularizer: Regularizer?
  public var embeddingsConstraint: Constraint?
  /// Whether 0 stands for padding that later layers skip.
  public var maskZero = false

  public init(inputDim: Int, outputDim: Int, maskZero: Bool = false) {
    (self.inputDim, self.outputDim, self.maskZero) = (inputDim, outputDim, maskZero)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try expect(inputDim > 0, "input_dim", inputDim, "a number above 0")
    try expect(outputDim > 0, "output_dim", outputDim, "a number above 0")
    let embeddings = scope.weight(
      "embeddings", [inputDim, outputDim], embeddingsInitializer, regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint)
    let maskZero = maskZero
    return Forward { x, context in
      context.masks = maskZero ? [x.notEqual(0)] : []
      let indices = x.dtype == .int32 || x.dtype == .int64 ? x : x.cast(to: .int32)
      return context[embeddings].gathered(indices)
    }
  }
}

extension Embedding: DialectSpelling {
  /// Keras 2 writes how long sequences are, which nothing depends on.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras3 { config["input_length"] = nil }
  }
}
