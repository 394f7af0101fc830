public import TensorCore

/// Bins for strings or integers by a hash of them: int64, or int32 where the layer's dtype says so, of the input's shape, or
/// encoded as `CategoryEncoding` does.
/// Keras: `Hashing`.
///
/// The very bins of Keras: FarmHash64, or SipHash64 under a salt, of a string's bytes and of an integer's digits. A uint8
/// input is text (`Tensor(strings:)`); fractions are cut off.
public struct Hashing: Layer {
  public static let kind = "Hashing"
  public static let template = Hashing(numBins: 1)
  public static let requiredKeys = ["num_bins"]

  /// How many bins there are, that of `maskValue` included.
  public var numBins: Int
  /// Whose bin is 0, which nothing else falls into: a string or an integer.
  public var maskValue: JSON?
  public var salt: HashSalt?
  public var outputMode: CategoryOutput
  /// Keras's switch for sparse tensors, which there are none of here: only false can be built.
  public var sparse = false

  public init(numBins: Int, maskValue: JSON? = nil, salt: HashSalt? = nil, outputMode: CategoryOutput = .int) {
    (self.numBins, self.maskValue, self.salt, self.outputMode) = (numBins, maskValue, salt, outputMode)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...(Shape.maximumRank - 1))
    try expect(numBins > 0, "num_bins", numBins, "a number above 0")
    try expect(outputMode != .tfIDF, "output_mode", outputMode.rawValue, "int, one_hot, multi_hot or count")
    try expect(!sparse, "sparse", sparse, "false: there are no sparse tensors")
    let isText = input.dtype == .uint8
    if isText { try expectText(input, Self.kind) }
    let map = ElementMap(try rule(isText: isText))
    let (mode, depth, dtype) = (outputMode, numBins, scope.categoryDType(outputMode))
    return Forward { x, _ in
      let bins = Tensor.apply(map, isText ? x : x.stopGradient().cast(to: .int64))
      return mode.encode(bins, depth: depth).cast(to: dtype)
    }
  }

  private func rule(isText: Bool) throws(CoreError) -> ElementMap.Rule {
    let isMasked = maskValue.map { !$0.isNull } ?? false
    let bins = HashBins(count: isMasked && numBins > 1 ? numBins - 1 : numBins, salt: salt)
    guard isMasked, numBins > 1, let maskValue else {
      return isText ? .text { bins($0) } : .integers { bins($0) }
    }
    if isText {
      guard let mask = maskValue.stringValue.map({ Array($0.utf8) }) else {
        throw CoreError(
          .invalidConfig, "Hashing: found mask_value \(maskValue), expected a string, as the input is text")
      }
      return .text { $0 == mask ? 0 : bins($0) + 1 }
    }
    guard let mask = maskValue.intValue.map(Int64.init) else {
      throw CoreError(
        .invalidConfig, "Hashing: found mask_value \(maskValue), expected an integer, as the input is none")
    }
    return .integers { $0 == mask ? 0 : bins($0) + 1 }
  }
}

extension Hashing: DialectSpelling {
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) { config.writeIntegerPolicy() }
}

extension JSONObject {
  /// Gives a layer that makes integers a dtype of integers, which Keras insists on, and of floats otherwise.
  mutating func writeIntegerPolicy() {
    guard self["output_mode"] == "int" else { return }
    let name = self["dtype"]?.stringValue ?? self["dtype"]?["config"]?["name"]?.stringValue
    if name == "int32" || name == "int64" { return }
    self["dtype"] = "int64"
  }
}
