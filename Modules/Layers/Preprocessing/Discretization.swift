public import TensorCore

/// The number of the bin that each number falls into, of any shape: 0 below the first boundary, the count of the
/// boundaries from the last one on, and there for NaN too. Keras: `Discretization`.
///
/// With `int` the output is int32 of the input's shape; other modes encode the bins as `CategoryEncoding` does.
public struct Discretization: Layer {
  public static let kind = "Discretization"
  public static let template = Discretization(binBoundaries: nil)

  /// Ascending. nil until the recipe has been adapted.
  public var binBoundaries: [Double]?
  /// How many bins of equally many numbers to adapt to.
  public var numBins: Int?
  /// How far the boundaries of adapted bins may be off, as a share of the data.
  public var epsilon = 0.01
  public var outputMode = CategoryOutput.int
  /// Keras's switch for sparse tensors, which there are none of here: only false can be built.
  public var sparse = false

  private init(binBoundaries: [Double]?) { self.binBoundaries = binBoundaries }

  /// Bins between boundaries.
  public init(binBoundaries: [Double], outputMode: CategoryOutput = .int) {
    (self.binBoundaries, self.outputMode) = (binBoundaries, outputMode)
  }

  /// Bins that data is to tell: `adapted(to:)`.
  public init(numBins: Int, epsilon: Double = 0.01, outputMode: CategoryOutput = .int) {
    (self.numBins, self.epsilon, self.outputMode) = (numBins, epsilon, outputMode)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try expect(outputMode != .tfIDF, "output_mode", outputMode.rawValue, "int, one_hot, multi_hot or count")
    try expect(!sparse, "sparse", sparse, "false: there are no sparse tensors")
    guard let binBoundaries else {
      throw CoreError(
        .invalidConfig,
        "Discretization: found no bin_boundaries, expected some: in the config, or from adapted(to:) with num_bins")
    }
    let boundaries = binBoundaries.map(Float.init)
    let isAscending = zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 <= $1 }
    try expect(isAscending, "bin_boundaries", binBoundaries, "ascending numbers")
    let mode = outputMode
    // Keras 3 gives numbers of bins as int32 whatever the layer's dtype.
    let dtype = mode == .int && scope.kerasMajorVersion >= 3 ? .int32 : scope.categoryDType(mode)
    return Forward { x, _ in
      let bins = Tensor.apply(BinNumbers(boundaries: boundaries), x.stopGradient().cast(to: .float32))
      return mode.encode(bins, depth: boundaries.count + 1).cast(to: dtype)
    }
  }
}

extension Discretization: DialectSpelling {
  /// Keras 3's class does not know the key `trainable` and would refuse it; Keras 2's refuses both boundaries and what they
  /// were adapted from.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    switch dialect {
    case .keras3: config["trainable"] = nil
    case .keras2: if config["bin_boundaries"]?.isNull == false { config["num_bins"] = .some(.null) }
    }
  }
}

/// How many of ascending boundaries are not above each number: float32 to int32, of one shape. All of them for NaN.
private struct BinNumbers: Operation {
  static let name = "bin_numbers"

  var boundaries: [Float]

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].dtype == .float32 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found \(inputs[0]), expected float32")
    }
    return [TensorSpec(inputs[0].shape, .int32)]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    inputs[0].withScalars(of: Float.self) { x in
      outputs[0].withMutableScalars(of: Int32.self) { bins in
        for index in x.indices { bins[index] = bin(x[index]) }
      }
    }
  }

  private func bin(_ x: Float) -> Int32 {
    var (low, high) = (0, boundaries.count)
    while low < high {
      let middle = (low + high) / 2
      if x < boundaries[middle] { high = middle } else { low = middle + 1 }
    }
    return Int32(low)
  }
}
