public import TensorCore

/// Bins for combinations of features by a hash of them, each a string or an integer per sample: `[batch]` or
/// `[batch, 1]`, all alike, to int64 of that shape or to vectors over the bins. Keras: `HashedCrossing`.
///
/// The very bins of Keras. A uint8 input is text (`Tensor(strings:)`).
public struct HashedCrossing: Layer {
  public static let kind = "HashedCrossing"
  public static let template = HashedCrossing(numBins: 1)
  public static let requiredKeys = ["num_bins"]

  public var numBins: Int
  /// `int` or `oneHot`.
  public var outputMode: CategoryOutput
  /// Keras's switch for sparse tensors, which there are none of here: only false can be built.
  public var sparse = false

  public init(numBins: Int, outputMode: CategoryOutput = .int) {
    (self.numBins, self.outputMode) = (numBins, outputMode)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expect(numBins > 0, "num_bins", numBins, "a number above 0")
    try expect(outputMode == .int || outputMode == .oneHot, "output_mode", outputMode.rawValue, "int or one_hot")
    try expect(!sparse, "sparse", sparse, "false: there are no sparse tensors")
    let shapes = inputs.map { $0.dtype == .uint8 ? Array($0.shape.array.dropLast()) : $0.shape.array }
    guard shapes.count > 1, let shape = shapes.first, shapes.allSatisfy({ $0 == shape }),
      shape.count == 1 || (shape.count == 2 && shape[1] == 1), inputs.allSatisfy({ $0.dtype.isInteger })
    else {
      let found = inputs.map { "\($0)" }.joined(separator: ", ")
      throw CoreError(
        .shapeMismatch,
        "HashedCrossing: found \(found), expected two or more strings or integers a sample: (None,) or (None, 1) each")
    }
    let (bins, mode, dtype) = (UInt64(numBins), outputMode, scope.categoryDType(outputMode))
    let fingerprints = ElementMap(.text { Int64(bitPattern: FarmHash.fingerprint($0)) })
    let cross = CrossHash(count: bins)
    return Forward(many: { inputs, _ in
      let features = inputs.map { $0.dtype == .uint8 ? Tensor.apply(fingerprints, $0) : $0.cast(to: .int64) }
      let crossed = Tensor.apply(cross, features)[0]
      return [mode.encode(crossed, depth: Int(bins)).cast(to: dtype)]
    })
  }
}

extension HashedCrossing: DialectSpelling {
  /// Keras 3's class does not know the key `trainable` and would refuse it.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    config.writeIntegerPolicy()
    if dialect == .keras3 { config["trainable"] = nil }
  }
}

/// The bins of fingerprints together, int64 of one shape, as TensorFlow's `cross_hashed` finds them.
private struct CrossHash: Operation {
  static let name = "cross_hash"

  var count: UInt64

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard let first = inputs.first, first.dtype == .int64, inputs.allSatisfy({ $0 == first }) else {
      throw CoreError(.shapeMismatch, "\(Self.name): found \(inputs.map(\.description)), expected int64 of one shape")
    }
    return [first]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let features = inputs.map { $0.scalars(of: Int64.self) }
    outputs[0].withMutableScalars(of: Int64.self) { bins in
      for index in bins.indices {
        let hash = features.reduce(UInt64(0xDECAFCAFFE)) { FarmHash.combined($0, UInt64(bitPattern: $1[index])) }
        bins[index] = Int64(hash % count)
      }
    }
  }
}
