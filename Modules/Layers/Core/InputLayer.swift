public import TensorCore

/// Where data enters a model. Keras: `InputLayer` (`keras.Input`).
public struct InputLayer: Layer {
  public static let kind = "InputLayer"
  public static let template = InputLayer(shape: [])

  /// With the batch; nil stands for any number. nil altogether where the config has another key for it.
  public var batchShape: [Int?]?
  /// Of the data that is fed in; uint8 for text.
  public var dtype = DType.float32
  /// Whether strings are fed in (Keras: `dtype="string"`): uint8 tensors with an axis of bytes behind those of
  /// `batchShape`, as `Tensor(strings:shape:)` makes them.
  public private(set) var isText = false
  public var sparse = false

  /// - Parameters:
  ///   - shape: of one sample, `[height, width, channels]`; nil stands for any number.
  ///   - dtype: of the data that is fed in.
  public init(shape: [Int?], dtype: DType = .float32) {
    batchShape = [nil] + shape
    self.dtype = dtype
  }

  /// - Parameter shape: of the strings of one sample; nil stands for any number.
  public init(strings shape: [Int?]) {
    self.init(shape: shape, dtype: .uint8)
    isText = true
  }

  /// The spec with `Shape.openBatch` for an open batch and `openSize` for every other open dimension. Throws where the
  /// shape could not be a tensor's.
  public func spec(openSize: Int = Shape.openSizes.0) throws(CoreError) -> TensorSpec {
    guard let batchShape, !batchShape.isEmpty else {
      throw CoreError(.invalidConfig, "InputLayer: found no batch_shape in the config, expected one")
    }
    var dimensions: [Int] = []
    for (axis, dimension) in batchShape.enumerated() {
      dimensions.append(dimension ?? (axis == 0 ? Shape.openBatch : openSize))
    }
    if isText { dimensions.append(openSize) }
    return TensorSpec(try Shape(validating: dimensions), dtype)
  }

  public var maskRule: MaskRule { .passes }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let expected = try spec()
    guard expected.rank == input.rank,
      zip(batchShape!, input.shape.array).dropFirst().allSatisfy({ $0 == nil || $0 == $1 })
    else {
      throw CoreError(
        .shapeMismatch,
        "InputLayer: found an input \(Shape.batchDescription(input.shape)), expected "
          + Shape.batchDescription(expected.shape))
    }
    return Forward(many: { inputs, _ in inputs })
  }
}

extension InputLayer: TextMaking {
  var makesText: Bool { isText }
}

extension InputLayer {
  private enum CodingKeys: String, CodingKey {
    case batchShape, dtype, sparse
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    batchShape = try container.decodeIfPresent([Int?].self, forKey: .batchShape)
    sparse = try container.decode(Bool.self, forKey: .sparse)
    isText = try container.decode(JSON.self, forKey: .dtype) == "string"
    dtype = isText ? .uint8 : try container.decode(DType.self, forKey: .dtype)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(batchShape, forKey: .batchShape)
    try container.encode(isText ? "string" : dtype.rawValue, forKey: .dtype)
    try container.encode(sparse, forKey: .sparse)
  }
}

extension Shape {
  /// What stands for an open batch while a model is built. Any number would do; 2 rather than 1 so that broadcasting does
  /// not hide a mismatch.
  public static let openBatch = 2

  /// What stands for other open dimensions: large enough for windows, and two numbers, since what differs between a
  /// model built for one and for the other is open as well.
  public static let openSizes = (509, 1021)
}
