public import TensorCore

/// In training, mirrors half of the images. Keras: `RandomFlip`.
public struct RandomFlip: ImageAugmentation {
  public static let kind = "RandomFlip"
  public static let template = RandomFlip()

  /// Which way, by Keras's names.
  public enum Mode: String, Codable, Sendable {
    /// Left becomes right.
    case horizontal
    /// Top becomes bottom.
    case vertical
    /// Both at once: Keras draws once for both.
    case horizontalAndVertical = "horizontal_and_vertical"
  }

  public var mode: Mode
  public var seed: Int?
  public var dataFormat: DataFormat? = .channelsLast

  public init(_ mode: Mode = .horizontalAndVertical, seed: Int? = nil) { (self.mode, self.seed) = (mode, seed) }

  public func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation {
    let axes =
      switch mode {
      case .horizontal: [2]
      case .vertical: [1]
      case .horizontalAndVertical: [1, 2]
      }
    return { images, key in
      let isFlipped = key.uniform([images.shape[0], 1, 1, 1]).lessOrEqual(0.5)
      return Tensor.select(isFlipped, images.reversed(axes: axes), images)
    }
  }
}
