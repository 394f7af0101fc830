internal import TensorCore

/// How the losses of samples become one number. Raw values are Keras's names.
public enum LossReduction: String, Hashable, Sendable, CaseIterable {
  /// The weighted sum over the number of values (not of the weights).
  case sumOverBatchSize = "sum_over_batch_size"
  /// The weighted sum over the sum of the weights.
  case meanWithSampleWeight = "mean_with_sample_weight"
  case sum

  /// A tensor of shape `[]`.
  func reduce(_ losses: LossValues, weights: Tensor?) -> Tensor {
    let values = losses.values
    var factor = weights.map { Self.aligned($0.cast(to: values.dtype), with: values) }
    if let mask = losses.mask {
      // Values that do not count are left out of the mean as well.
      let scale = self == .sumOverBatchSize ? Double(mask.elementCount) / mask.sum().maximum(1) : nil
      let scaled = scale.map { mask * $0 } ?? mask
      factor = factor.map { $0 * scaled } ?? scaled
    }
    guard let factor else { return self == .sum ? values.sum() : values.mean() }
    let sum = (values * factor).sum()
    switch self {
    case .sum: return sum
    case .sumOverBatchSize: return sum / Double(max(1, values.elementCount))
    case .meanWithSampleWeight:
      let total = factor.broadcast(to: values.shape).sum()
      return Tensor.select(total.equal(0), Tensor.zeros(like: sum), sum / total)
    }
  }

  /// Weights with axes of length 1 behind, so that they broadcast over the values' leading axes.
  static func aligned(_ weights: Tensor, with values: Tensor) -> Tensor {
    var shape = weights.shape.array
    while shape.count > values.rank, shape.last == 1 { shape.removeLast() }
    while shape.count < values.rank { shape.append(1) }
    return weights.reshaped(shape)
  }
}

extension LossReduction: Codable {
  /// Takes Keras 2's `"auto"` and Keras 3's `"mean"` too.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    let aliases = ["auto": Self.sumOverBatchSize, "mean": .sumOverBatchSize]
    guard let reduction = aliases[name] ?? Self(rawValue: name) else {
      throw CoreError(
        .invalidConfig,
        "found reduction \"\(name)\", expected one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = reduction
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
