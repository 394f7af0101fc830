internal import TensorCore

/// A layer that stretches all images of a batch along one axis in training, to a length that it draws, and leaves them alone
/// otherwise. Training with one is computed operation by operation.
protocol RandomSizeLayer: Layer {
  var factor: FactorRange { get }
  var interpolation: Interpolation { get }
  var seed: Int? { get }
  /// Of images with their channels last.
  static var axis: Int { get }
}

extension RandomSizeLayer {
  public static var requiredKeys: [String] { ["factor"] }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectImages(inputs, .channelsLast)
    let numbers = factor.numbers.count == 1 ? [-factor.numbers[0], factor.numbers[0]] : factor.numbers
    try expect(
      numbers[0] >= -1 && numbers[0] <= numbers[1] && numbers[1].isFinite, "factor", factor,
      "a number from 0 to 1, or two from -1 on of which the second is the larger")
    let (range, interpolation, seed) = (1 + numbers[0]...1 + numbers[1], interpolation, seed)
    let openSize = scope.openSize
    return onImages(scope, .channelsLast) { images, context in
      // What is behind has to take any length.
      if context.isInferringShapes { return images.resampled(interpolation, axis: Self.axis, to: openSize) }
      guard context.isTraining else { return images }
      var key = context.random.split(seed: seed)
      let share = key.uniform([1], range).scalars(of: Float.self)[0]
      let length = Int(share * Float(images.shape[Self.axis]))
      return images.resampled(interpolation, axis: Self.axis, to: max(1, length))
    }
  }
}

extension BuiltLayer {
  /// Whether the layer or one inside of it draws the size of its output in training.
  var hasRandomSizes: Bool { layer is any RandomSizeLayer || children.contains(where: \.hasRandomSizes) }
}
