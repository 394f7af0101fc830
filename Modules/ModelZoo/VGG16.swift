public import Layers
public import TensorCore

/// K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015, configuration
/// D. `[batch, height, width, 3] -> [batch, classes]` probabilities; 138,357,544 parameters for a thousand classes.
///
/// Layer for layer `keras.applications.VGG16`, so that its weights fit.
public struct VGG16: Sendable {
  /// Of one sample.
  public var inputShape: [Int?] = [224, 224, 3]
  public var classes = 1000
  /// `.linear` for logits.
  public var classifierActivation = Activation.softmax
  /// Whether the three dense layers are part of it; otherwise it ends with feature maps or `pooling`.
  public var includeTop = true
  /// Of a network without its top; nil: feature maps `[batch, height / 32, width / 32, 512]`.
  public var pooling: GlobalPooling?

  public init(
    inputShape: [Int?] = [224, 224, 3], classes: Int = 1000, classifierActivation: Activation = .softmax,
    includeTop: Bool = true, pooling: GlobalPooling? = nil
  ) {
    (self.inputShape, self.classes, self.classifierActivation) = (inputShape, classes, classifierActivation)
    (self.includeTop, self.pooling) = (includeTop, pooling)
  }

  /// The graph, as a recipe. Throws where it cannot be built from these settings.
  public func layers() throws(CoreError) -> Functional {
    let image = Symbol.input(inputShape, name: "input_layer")
    var x = image
    for (block, (filters, count)) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)].enumerated() {
      for number in 1...count {
        let convolution = Conv2D(filters: filters, kernelSize: 3, padding: .same, activation: .relu)
        x = convolution(x, name: "block\(block + 1)_conv\(number)")
      }
      x = MaxPooling2D(poolSize: 2, strides: 2)(x, name: "block\(block + 1)_pool")
    }
    if includeTop {
      x = Flatten()(x, name: "flatten")
      x = Dense(units: 4096, activation: .relu)(x, name: "fc1")
      x = Dense(units: 4096, activation: .relu)(x, name: "fc2")
      x = Dense(units: classes, activation: classifierActivation)(x, name: "predictions")
    } else if let pooling {
      x = LayerHandle(pooling.layer)(x)
    }
    return try Functional(inputs: [image], outputs: [x], name: "vgg16")
  }

  /// A built model. Throws where a size is below 1 or the input too small.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(try layers(), start: .seed(seed)) }
}
