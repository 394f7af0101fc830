internal import TensorCore

/// What becomes of the numbers of categories. Keras: `output_mode`.
public enum CategoryOutput: String, Hashable, Sendable, CaseIterable {
  /// The numbers themselves.
  case int
  /// Each as a vector with a one in its place: `[batch, ...] -> [batch, ..., depth]`; a last axis of length 1 becomes that
  /// vector.
  case oneHot = "one_hot"
  /// Ones where a sample has the category: `[batch, n] -> [batch, depth]`.
  case multiHot = "multi_hot"
  /// How often a sample has the category: `[batch, n] -> [batch, depth]`.
  case count
  /// `count`, times a weight per category that tells how telling it is.
  case tfIDF = "tf_idf"
}

extension CategoryOutput: Codable {
  /// Throws `invalidConfig` for what is no mode. Keras's older names mean the same.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    let olderNames = ["binary": "multi_hot", "tf-idf": "tf_idf"]
    guard let mode = CategoryOutput(rawValue: olderNames[name] ?? name) else {
      let known = CategoryOutput.allCases.map(\.rawValue).joined(separator: ", ")
      throw CoreError(.invalidConfig, "found output_mode \"\(name)\", expected one of \(known)")
    }
    self = mode
  }
}

extension BuildScope {
  /// The element type of what the layer being built makes of categories, as its dtype says: of numbers int64 unless that is
  /// of integers itself.
  func categoryDType(_ mode: CategoryOutput) -> DType {
    dtypePolicy.integerDType ?? (mode == .int ? .int64 : dtypePolicy.computeDType ?? dtype)
  }
}

extension CategoryOutput {
  /// Encodes the numbers of categories, as Keras's `encode_categorical_inputs` does.
  ///
  /// - Parameters:
  ///   - indices: int32 or int64.
  ///   - depth: how many categories there are. Larger numbers leave no trace.
  ///   - weights: what each element counts, of the indices' shape; with `count` alone.
  /// - Returns: int64 where there are no weights and no mode that makes floats; float32 for `oneHot`.
  func encode(_ indices: Tensor, depth: Int, weights: Tensor? = nil) -> Tensor {
    switch self {
    case .int: return indices
    case .oneHot:
      let isColumn = indices.rank > 1 && indices.shape.last == 1
      return (isColumn ? indices.squeezed(axis: -1) : indices).oneHot(depth: depth, dtype: .int64)
    case .multiHot: return Tensor.apply(CategoryCounts(depth: depth, isBinary: true), indices)
    case .count, .tfIDF:
      let counts = CategoryCounts(depth: depth, isBinary: false)
      return weights.map { Tensor.apply(counts, [indices, $0])[0] } ?? Tensor.apply(counts, indices)
    }
  }
}
