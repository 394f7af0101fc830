public import TensorCore

/// Dot-product attention: for every query a mean of the values, weighted by how well their keys suit. Luong et al. 2015.
/// Keras: `Attention`.
///
/// Inputs: query `[batch, queries, features]`, value `[batch, values, n]`, and perhaps key `[batch, values, features]`, which
/// is the value otherwise. Output: `[batch, queries, n]`; called with `return_attention_scores` also the weights
/// `[batch, queries, values]`. With `use_causal_mask` a query does not see later values. Masked values get no weight,
/// masked queries give zeros.
public struct Attention: Layer {
  public static let kind = "Attention"
  public static let template = Attention()

  /// Whether scores are scaled by a trained number.
  public var useScale = false
  /// `dot`, or `concat`: a hyperbolic tangent of the sum of query and key.
  public var scoreMode: ScoreMode
  /// The share of weights that training drops.
  public var dropout = 0.0
  public var seed: Int?

  /// How well a key suits a query, by Keras's names.
  public enum ScoreMode: String, Codable, Sendable {
    /// Their product.
    case dot
    /// The sum of the hyperbolic tangents of their sum.
    case concat
  }

  public init(useScale: Bool = false, scoreMode: ScoreMode = .dot, dropout: Double = 0) {
    (self.useScale, self.scoreMode, self.dropout) = (useScale, scoreMode, dropout)
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expectQueryAndValue(inputs)
    try expect((0..<1).contains(dropout), "dropout", dropout, "a number from 0 to below 1")
    let scale = useScale ? scope.weight("scale", [], .ones) : nil
    let concat = scoreMode == .concat ? scope.weight("concat_score_weight", [], .ones) : nil
    let attention = AttentionScores(dropout: dropout, seed: seed)
    return Forward(many: { inputs, context in
      let (query, value, key) = (inputs[0], inputs[1], inputs.last!)
      let scores: Tensor
      if let concat {
        let sum = query.expandingDims(at: 2) + key.expandingDims(at: 1)
        let scaled = scale.map { sum * context[$0] } ?? sum
        scores = scaled.tanh().sum(axes: [-1]) * context[concat]
      } else {
        let product = query.matmul(key, transposeOther: true)
        scores = scale.map { product * context[$0] } ?? product
      }
      return attention.attend(scores, value, &context)
    })
  }
}

extension Attention: DialectSpelling {
  /// Keras 2 knows no seed here.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2, config["seed"]?.isNull == true { config["seed"] = nil }
  }
}
