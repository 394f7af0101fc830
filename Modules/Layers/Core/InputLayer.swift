public import TensorCore

/// Where data enters a model. Keras: `InputLayer` (`keras.Input`).
public struct InputLayer: Layer {
  public static let kind = "InputLayer"
  public static let template = InputLayer(shape: [])

  /// With the batch; nil stands for any number. nil altogether where the config has another key for it.
  public var batchShape: [Int?]?
  public var dtype = DType.float32
  public var sparse = false

  /// - Parameter shape: of one sample, `[height, width, channels]`; nil stands for any number.
  public init(shape: [Int?], dtype: DType = .float32) {
    batchShape = [nil] + shape
    self.dtype = dtype
  }

  /// The spec with `Shape.openDimension` for every open dimension. Throws where the shape could not be a tensor's.
  public func spec() throws(CoreError) -> TensorSpec {
    guard let batchShape, !batchShape.isEmpty else {
      throw CoreError(.invalidConfig, "InputLayer: found no batch_shape in the config, expected one")
    }
    var dimensions: [Int] = []
    for dimension in batchShape { dimensions.append(dimension ?? Shape.openDimension) }
    return TensorSpec(try Shape(validating: dimensions), dtype)
  }

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

extension Shape {
  /// What stands for an open dimension (the batch) while a model is built. Any number would do; 2 rather than 1 so that
  /// broadcasting does not hide a mismatch.
  public static let openDimension = 2
}
