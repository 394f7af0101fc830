public import Layers
public import TensorCore

/// K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016. `[batch, height, width, 3] ->
/// [batch, classes]` probabilities; 25,636,712 parameters for a thousand classes.
///
/// Layer for layer `keras.applications.ResNet50`, so that its weights fit: strides in the first 1×1 convolution of a stage,
/// biases before batch normalization.
public struct ResNet50: Sendable {
  /// Of one sample; height and width may be open where there is no `pooling` nor top that needs them.
  public var inputShape: [Int?] = [224, 224, 3]
  public var classes = 1000
  /// `.linear` for logits.
  public var classifierActivation = Activation.softmax
  /// Whether the classifier is part of it; otherwise it ends with feature maps or `pooling`.
  public var includeTop = true
  /// Of a network without its top; nil: feature maps `[batch, height / 32, width / 32, 2048]`.
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
    var x = ZeroPadding2D(padding: 3)(image, name: "conv1_pad")
    x = Conv2D(filters: 64, kernelSize: 7, strides: 2)(x, name: "conv1_conv")
    x = Self.normalized(x, "conv1", activated: true)
    x = ZeroPadding2D(padding: 1)(x, name: "pool1_pad")
    x = MaxPooling2D(poolSize: 3, strides: 2)(x, name: "pool1_pool")
    for (stage, (filters, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
      for block in 1...blocks {
        let strides = block == 1 && stage > 0 ? 2 : 1
        x = Self.block(x, filters, strides: strides, isFirst: block == 1, name: "conv\(stage + 2)_block\(block)")
      }
    }
    if includeTop {
      x = GlobalAveragePooling2D()(x, name: "avg_pool")
      x = Dense(units: classes, activation: classifierActivation)(x, name: "predictions")
    } else if let pooling {
      x = LayerHandle(pooling.layer, name: pooling == .average ? "avg_pool" : "max_pool")(x)
    }
    return try Functional(inputs: [image], outputs: [x], name: "resnet50")
  }

  /// A built model. Throws where a size is below 1 or the input too small.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(try layers(), start: .seed(seed)) }

  /// 1×1, 3×3 and 1×1 convolutions beside the identity, or beside a projection where the shape changes.
  private static func block(_ x: Symbol, _ filters: Int, strides: Int, isFirst: Bool, name: String) -> Symbol {
    var shortcut = x
    if isFirst {
      let projection = Conv2D(filters: 4 * filters, kernelSize: 1, strides: Pair(strides, strides))
      shortcut = normalized(projection(x, name: "\(name)_0_conv"), "\(name)_0", activated: false)
    }
    var y = Conv2D(filters: filters, kernelSize: 1, strides: Pair(strides, strides))(x, name: "\(name)_1_conv")
    y = normalized(y, "\(name)_1", activated: true)
    y = Conv2D(filters: filters, kernelSize: 3, padding: .same)(y, name: "\(name)_2_conv")
    y = normalized(y, "\(name)_2", activated: true)
    y = Conv2D(filters: 4 * filters, kernelSize: 1)(y, name: "\(name)_3_conv")
    y = normalized(y, "\(name)_3", activated: false)
    y = Add()([shortcut, y], name: "\(name)_add")
    return ActivationLayer(.relu)(y, name: "\(name)_out")
  }

  private static func normalized(_ x: Symbol, _ name: String, activated: Bool) -> Symbol {
    let y = BatchNormalization(axis: 3, epsilon: 1.001e-5)(x, name: "\(name)_bn")
    return activated ? ActivationLayer(.relu)(y, name: "\(name)_relu") : y
  }
}
