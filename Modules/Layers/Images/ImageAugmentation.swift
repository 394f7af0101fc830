public import TensorCore

/// A layer that changes images at random in training, each image in its own way, and leaves them alone otherwise.
///
/// An augmentation of one's own states its settings and gives `augmentation(of:)`; then `build` is there. Images are
/// `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `.channelsFirst`; a single image lacks
/// the batch. Numbers that are no floats become floats first. What is drawn follows from the key of the call and `seed`
/// alone: it is another one for every image and step, and the same on any number of threads.
///
/// As a part of a model, an augmentation runs in its training steps. Beside the model it can be a step of a pipeline of
/// batches:
///
/// ```swift
/// let flip = try Model(Sequential([InputLayer(shape: [32, 32, 3]), RandomFlip(.horizontal), RandomZoom(height: 0.2)]))
/// let steps = Atomic(0)  // of Synchronization
/// let augmented = dataset.map { batch in
///   let step = steps.wrappingAdd(1, ordering: .relaxed).oldValue
///   let key = RandomKey(seed: 7).folding(step)
///   var (batch, context) = (batch, CallContext(weights: flip.weights, isTraining: true, random: key))
///   batch.inputs = flip(batch.inputs, &context)
///   return batch
/// }
/// ```
public protocol ImageAugmentation: Layer {
  /// The order of the images' axes; nil: channels last.
  var dataFormat: DataFormat? { get }

  /// Makes the layer's draws different from those of others; nil: the key of the call alone decides.
  var seed: Int? { get }

  /// What happens to images in training: a function of images `[batch, height, width, channels]`, floats, that takes the
  /// keys of its draws from the key that it is given.
  ///
  /// - Parameter images: what they are like; the batch stands for any, and so does the height of a single image.
  /// - Throws: `invalidConfig` for settings, `shapeMismatch` for images that do not suit the layer.
  func augmentation(of images: TensorSpec) throws(CoreError) -> Augmentation
}

/// A change of images `[batch, height, width, channels]` by random numbers.
public typealias Augmentation = @Sendable (_ images: Tensor, _ key: inout RandomKey) -> Tensor

extension ImageAugmentation {
  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let images = try expectImages(inputs, dataFormat)
    let (augmentation, seed) = (try augmentation(of: images), seed)
    return onImages(scope, dataFormat) { images, context in
      guard context.isTraining else { return images }
      var key = context.random.split(seed: seed)
      return augmentation(images, &key)
    }
  }
}

extension Layer {
  /// What one input, of images or a single one, is with its channels at the end and a batch in front.
  func expectImages(_ inputs: [TensorSpec], _ format: DataFormat?) throws(CoreError) -> TensorSpec {
    guard inputs.count == 1, (3...4).contains(inputs[0].rank) else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found inputs \(inputs.map { Shape.batchDescription($0.shape) }), expected one of images (4 "
          + "dimensions) or of an image (3)")
    }
    let single = inputs[0].rank == 3
    let images = single ? TensorSpec(Shape([1] + inputs[0].shape.array), inputs[0].dtype) : inputs[0]
    return (format ?? .channelsLast).toChannelsLast(images)
  }

  /// Throws unless the images have one of these numbers of channels.
  func expectChannels(_ counts: [Int], _ images: TensorSpec) throws(CoreError) {
    guard counts.contains(images.shape[3]) else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found images \(Shape.batchDescription(images.shape)) of \(images.shape[3]) channels, expected "
          + counts.map(String.init).joined(separator: " or "))
    }
  }

  /// A function of images `[batch, height, width, channels]` as one of what the layer is called on.
  func onImages(
    _ scope: BuildScope, _ format: DataFormat?, _ body: @escaping @Sendable (Tensor, inout CallContext) -> Tensor
  ) -> Forward {
    let (format, dtype) = (format ?? .channelsLast, scope.dtypePolicy.computeDType ?? scope.dtype)
    return Forward { x, context in
      let floats = x.dtype == dtype ? x : x.cast(to: dtype)
      let images = format.toChannelsLast(x.rank == 3 ? floats.expandingDims(at: 0) : floats)
      let result = format.fromChannelsLast(body(images, &context))
      return x.rank == 3 ? result.squeezed(axis: 0) : result
    }
  }
}

extension RandomKey {
  /// Uniform numbers of a range, drawn with the next key; float32.
  mutating func uniform(_ shape: Shape, _ range: ClosedRange<Double> = 0...1) -> Tensor {
    Tensor.randomUniform(shape, low: range.lowerBound, high: range.upperBound, key: split())
  }

  /// Which images something happens to, `[batch, 1, 1, 1]`: each with a probability that is itself drawn.
  mutating func choice(_ batch: Int, probability: ClosedRange<Double>) -> Tensor {
    let share = uniform([batch, 1, 1, 1], probability)
    return uniform([batch, 1, 1, 1]).less(share)
  }
}
