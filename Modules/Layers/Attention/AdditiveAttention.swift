public import TensorCore

/// Attention whose scores are sums of hyperbolic tangents of query plus key. Bahdanau et al. 2015. Keras:
/// `AdditiveAttention`.
///
/// Inputs, outputs, masks and switches as for `Attention`.
public struct AdditiveAttention: Layer {
  public static let kind = "AdditiveAttention"
  public static let template = AdditiveAttention()

  /// Whether every feature has a trained factor.
  public var useScale = true
  /// The share of weights that training drops.
  public var dropout = 0.0
  public var seed: Int?

  public init(useScale: Bool = true, dropout: Double = 0) { (self.useScale, self.dropout) = (useScale, dropout) }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expectQueryAndValue(inputs)
    try expect((0..<1).contains(dropout), "dropout", dropout, "a number from 0 to below 1")
    let scale = useScale ? scope.weight("scale", [inputs[0].shape[2]], .glorotUniform) : nil
    let attention = AttentionScores(dropout: dropout, seed: seed)
    return Forward(many: { inputs, context in
      let (query, value, key) = (inputs[0], inputs[1], inputs.last!)
      let sum = (query.expandingDims(at: 2) + key.expandingDims(at: 1)).tanh()
      let scores = (scale.map { sum * context[$0] } ?? sum).sum(axes: [-1])
      return attention.attend(scores, value, &context)
    })
  }
}

extension AdditiveAttention: DialectSpelling {
  /// Keras 2 knows no seed here.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2, config["seed"]?.isNull == true { config["seed"] = nil }
  }
}
