public import Layers
public import TensorCore

/// Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. Proc. IEEE 86
/// (11), 1998. `[batch, 28, 28, 1] -> [batch, classes]` probabilities; 61,706 parameters for ten classes.
///
/// The layout as lectures draw it: the first convolution pads the 28×28 digits (the paper padded them to 32×32), full
/// connections between the feature maps of C3, and a softmax in place of the radial basis functions.
public struct LeNet5: Sendable {
  /// What stands between the convolutions.
  public enum Pooling: Sendable { case average, max }

  public var classes = 10
  /// The paper's is tanh; `.relu` is the usual modern choice.
  public var activation = Activation.tanh
  /// The paper's is average pooling.
  public var pooling = Pooling.average

  public init(classes: Int = 10, activation: Activation = .tanh, pooling: Pooling = .average) {
    (self.classes, self.activation, self.pooling) = (classes, activation, pooling)
  }

  /// The layers, as recipes.
  public var layers: Sequential {
    Sequential(
      [
        InputLayer(shape: [28, 28, 1]),
        Conv2D(filters: 6, kernelSize: 5, padding: .same, activation: activation),
        poolingLayer,
        Conv2D(filters: 16, kernelSize: 5, activation: activation),
        poolingLayer,
        Flatten(),
        Dense(units: 120, activation: activation),
        Dense(units: 84, activation: activation),
        Dense(units: classes, activation: .softmax),
      ], name: "lenet5")
  }

  private var poolingLayer: any Layer {
    switch pooling {
    case .average: AveragePooling2D(poolSize: 2)
    case .max: MaxPooling2D(poolSize: 2)
    }
  }

  /// A built model. Throws where `classes` is below 1.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(layers, start: .seed(seed)) }
}
