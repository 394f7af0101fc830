public import TensorCore

/// In training, blends every image with another of its batch. Zhang et al. 2018. Keras: `MixUp`.
///
/// Called on images alone, or on images and labels `[batch, classes]`, which it blends by the same shares: in Keras these
/// two are a dictionary.
public struct MixUp: Layer {
  public static let kind = "MixUp"
  public static let template = MixUp()

  /// Shares are of the beta distribution with this parameter, twice: small ones leave images nearly as they are.
  public var alpha: Double
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(alpha: Double = 0.2, seed: Int? = nil) { (self.alpha, self.seed) = (alpha, seed) }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try expect(alpha > 0 && alpha.isFinite, "alpha", alpha, "a number above 0")
    let (alpha, seed) = (alpha, seed)
    return try buildMixing(scope, inputs, dataFormat) { images, context in
      var key = context.random.split(seed: seed)
      let batch = images.shape[0]
      let others = Tensor.randomPermutation(count: batch, key: key.split())
      let share = key.beta([batch], Tensor([Float(alpha)]))
      return (images.mixed(with: images.gathered(others), share: share), others, share)
    }
  }
}

extension Layer {
  /// A layer on images, or on images and labels, that mixes images of a batch.
  ///
  /// - Parameter mix: from images `[batch, height, width, channels]` to others, which image each was mixed with, and the
  ///   share that is left of it, `[batch]`.
  func buildMixing(
    _ scope: BuildScope, _ inputs: [TensorSpec], _ format: DataFormat?,
    _ mix: @escaping @Sendable (Tensor, inout CallContext) -> (images: Tensor, others: Tensor, share: Tensor)
  ) throws(CoreError) -> Forward {
    guard (1...2).contains(inputs.count), inputs.count == 1 || inputs[1].rank == 2 else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found inputs \(inputs.map { Shape.batchDescription($0.shape) }), expected images, or images and "
          + "labels (None, classes)")
    }
    _ = try expectImages([inputs[0]], format)
    let (format, dtype) = (format ?? .channelsLast, scope.dtypePolicy.computeDType ?? scope.dtype)
    return Forward(many: { inputs, context in
      let floats = inputs.map { $0.dtype == dtype ? $0 : $0.cast(to: dtype) }
      // A single image has no other to be mixed with.
      guard context.isTraining, inputs[0].rank == 4 else { return floats }
      let mixed = mix(format.toChannelsLast(floats[0]), &context)
      return [format.fromChannelsLast(mixed.images)]
        + floats.dropFirst().map { $0.mixed(with: $0.gathered(mixed.others), share: mixed.share) }
    })
  }
}

extension Tensor {
  /// `share` of each sample, `[batch]`, and the rest of another.
  func mixed(with other: Tensor, share: Tensor) -> Tensor {
    let share = share.cast(to: dtype).reshaped([shape[0]] + Array(repeating: 1, count: rank - 1))
    return share * self + (1 - share) * other
  }
}
