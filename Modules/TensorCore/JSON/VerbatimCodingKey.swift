/// Coding keys that are spelled exactly as in the JSON text, whatever the ``JSONKeyStrategy``.
///
///     enum CodingKeys: String, VerbatimCodingKey {
///       case units, beta1, learningRate = "lr"
///     }
public protocol VerbatimCodingKey: CodingKey {}
