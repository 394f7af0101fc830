public import Layers
public import TensorCore

/// A. Howard et al.: MobileNets: efficient convolutional neural networks for mobile vision applications. 2017. `[batch,
/// height, width, 3] -> [batch, classes]` probabilities; 4,253,864 parameters for a thousand classes.
///
/// Layer for layer `keras.applications.MobileNet`, so that its weights fit.
public struct MobileNet: Sendable {
  /// Of one sample.
  public var inputShape: [Int?] = [224, 224, 3]
  /// The paper's width multiplier: a factor for the number of filters of every layer.
  public var alpha = 1.0
  public var depthMultiplier = 1
  /// The rate before the classifier.
  public var dropout = 1e-3
  public var classes = 1000
  /// `.linear` for logits.
  public var classifierActivation = Activation.softmax
  /// Whether the classifier is part of it; otherwise it ends with feature maps or `pooling`.
  public var includeTop = true
  /// Of a network without its top; nil: feature maps `[batch, height / 32, width / 32, 1024 · alpha]`.
  public var pooling: GlobalPooling?

  public init(
    inputShape: [Int?] = [224, 224, 3], alpha: Double = 1, depthMultiplier: Int = 1, dropout: Double = 1e-3,
    classes: Int = 1000, classifierActivation: Activation = .softmax, includeTop: Bool = true,
    pooling: GlobalPooling? = nil
  ) {
    (self.inputShape, self.alpha, self.depthMultiplier) = (inputShape, alpha, depthMultiplier)
    (self.dropout, self.classes, self.classifierActivation) = (dropout, classes, classifierActivation)
    (self.includeTop, self.pooling) = (includeTop, pooling)
  }

  /// Filters and strides of the blocks.
  private static let blocks = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
  ]

  /// The graph, as a recipe. Throws where it cannot be built from these settings.
  public func layers() throws(CoreError) -> Functional {
    let image = Symbol.input(inputShape, name: "input_layer")
    let stem = Conv2D(filters: scaled(32), kernelSize: 3, strides: 2, padding: .same, useBias: false)
    var x = Self.normalized(stem(image, name: "conv1"), "conv1")
    for (index, (filters, strides)) in Self.blocks.enumerated() {
      x = block(x, filters, strides: strides, number: index + 1)
    }
    if includeTop {
      x = GlobalAveragePooling2D(keepdims: true)(x)
      x = Dropout(dropout)(x, name: "dropout")
      x = Conv2D(filters: classes, kernelSize: 1, padding: .same)(x, name: "conv_preds")
      x = Layers.Reshape([classes])(x, name: "reshape_2")
      x = ActivationLayer(classifierActivation)(x, name: "predictions")
    } else if let pooling {
      x = LayerHandle(pooling.layer)(x)
    }
    return try Functional(inputs: [image], outputs: [x], name: name)
  }

  /// A built model. Throws where a size is below 1 or the input too small.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(try layers(), start: .seed(seed)) }

  /// As Keras names it: `mobilenet_1.00_224`.
  private var name: String {
    let hundredths = Int((alpha * 100).rounded(.toNearestOrEven))
    let fraction = hundredths % 100
    let rows = (inputShape.first ?? nil).map(String.init) ?? "None"
    return "mobilenet_\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)_\(rows)"
  }

  private func scaled(_ filters: Int) -> Int { Int(Double(filters) * alpha) }

  /// A convolution of each channel by itself, then one over channels alone.
  private func block(_ x: Symbol, _ filters: Int, strides: Int, number: Int) -> Symbol {
    var x = x
    if strides > 1 { x = ZeroPadding2D(padding: [[0, 1], [0, 1]])(x, name: "conv_pad_\(number)") }
    let depthwise = DepthwiseConv2D(
      kernelSize: 3, strides: Pair(strides, strides), padding: strides == 1 ? .same : .valid,
      depthMultiplier: depthMultiplier, useBias: false)
    x = Self.normalized(depthwise(x, name: "conv_dw_\(number)"), "conv_dw_\(number)")
    let pointwise = Conv2D(filters: scaled(filters), kernelSize: 1, padding: .same, useBias: false)
    return Self.normalized(pointwise(x, name: "conv_pw_\(number)"), "conv_pw_\(number)")
  }

  private static func normalized(_ x: Symbol, _ name: String) -> Symbol {
    ReLU(maxValue: 6)(BatchNormalization()(x, name: "\(name)_bn"), name: "\(name)_relu")
  }
}
