public import TensorCore

/// An `Embedding` that also goes the other way: called with `reverse`, vectors `[..., outputDim]` to a score of every number
/// of the vocabulary, `[..., inputDim]`. Press and Wolf 2016. Keras: `ReversibleEmbedding`.
///
/// Indices are int32 or int64; other element types are truncated to int32. An index outside of `0..<inputDim` traps.
public struct ReversibleEmbedding: Layer {
  public static let kind = "ReversibleEmbedding"
  public static let template = ReversibleEmbedding(inputDim: 1, outputDim: 1)
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
  /// Whether the way back has the same weights.
  public var tieWeights = true
  /// What the way back calculates in; nil: as the layer.
  public var reverseDtype: DType?
  /// Scores are drawn into the range from minus this to this by tanh; nil: they are not.
  public var logitSoftCap: Double?

  public init(inputDim: Int, outputDim: Int, tieWeights: Bool = true, maskZero: Bool = false) {
    (self.inputDim, self.outputDim) = (inputDim, outputDim)
    (self.tieWeights, self.maskZero) = (tieWeights, maskZero)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try expect(inputDim > 0, "input_dim", inputDim, "a number above 0")
    try expect(outputDim > 0, "output_dim", outputDim, "a number above 0")
    let embeddings = scope.weight(
      "embeddings", [inputDim, outputDim], embeddingsInitializer, regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint)
    let reverse =
      tieWeights ? nil : scope.weight("reverse_embeddings", [outputDim, inputDim], embeddingsInitializer)
    let (maskZero, reverseDtype, softCap) = (maskZero, reverseDtype, logitSoftCap)
    return Forward { x, context in
      guard context.call.flag("reverse") else {
        context.masks = maskZero ? [x.notEqual(0)] : []
        return context[embeddings].gathered(x.dtype == .int32 || x.dtype == .int64 ? x : x.cast(to: .int32))
      }
      context.masks = []
      let dtype = reverseDtype ?? x.dtype
      let kernel = (reverse.map { context[$0] } ?? context[embeddings].transposed([1, 0])).cast(to: dtype)
      let scores = x.cast(to: dtype).linear(kernel, nil)
      return softCap.map { (scores / $0).tanh() * $0 } ?? scores
    }
  }
}

extension ReversibleEmbedding: DialectSpelling {
  /// Keras 2 writes how long sequences are, which nothing depends on.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras3 { config["input_length"] = nil }
  }
}
