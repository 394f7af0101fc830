public import TensorCore

/// In training a part of images at a random place, the same place for all images of a batch:
/// `[batch, height, width, channels] -> [batch, newHeight, newWidth, channels]`. Keras: `RandomCrop`.
///
/// In inference Keras 3 returns the images as they came: layers behind it have to take images of either size. In models
/// of Keras 2 it is the middle, cut to the new proportions and resized.
public struct RandomCrop: Layer {
  public static let kind = "RandomCrop"
  public static let template = RandomCrop(height: 1, width: 1)
  public static let requiredKeys = ["height", "width"]

  public var height: Int
  public var width: Int
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(height: Int, width: Int, seed: Int? = nil) {
    (self.height, self.width, self.seed) = (height, width, seed)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectImages(inputs, dataFormat)
    try expectWindow([height], "height")
    try expectWindow([width], "width")
    let (size, seed, cropsInInference) = (Pair(height, width), seed, scope.kerasMajorVersion < 3)
    return onImages(scope, dataFormat) { images, context in
      if !context.isTraining && !cropsInInference && !context.isInferringShapes { return images }
      let middle = images.cropped(toProportionOf: size)
      guard context.isTraining else { return middle.resized(to: size, .bilinear) }
      let (height, width) = (images.shape[1], images.shape[2])
      if height > size.height, width > size.width {
        var key = context.random.split(seed: seed)
        let rows = Self.places(size.height, of: height, &key)
        return images.gathered(rows, axis: 1).gathered(Self.places(size.width, of: width, &key), axis: 2)
      }
      // As much as there is from the corner of the middle on, brought to the size.
      let (top, left) = ((height - middle.shape[1]) / 2, (width - middle.shape[2]) / 2)
      let found = images.window(
        top: top, left: left, Pair(min(size.height, height - top), min(size.width, width - left)))
      return found.shape[1] == size.height && found.shape[2] == size.width ? found : found.resized(to: size, .bilinear)
    }
  }

  /// `count` successive places of `length`, at random.
  private static func places(_ count: Int, of length: Int, _ key: inout RandomKey) -> Tensor {
    let start = Tensor.randomIntegers([1], in: 0...Int64(length - count), key: key.split())
    return start + Tensor.range(0..<count)
  }
}

extension BuiltLayer {
  /// Whether the layer or one inside of it crops in training and leaves images whole otherwise.
  var cropsInTrainingAlone: Bool {
    (layer is RandomCrop && kerasMajorVersion >= 3) || children.contains(where: \.cropsInTrainingAlone)
  }
}
