public import Layers
public import TensorCore

/// A perceptron with one hidden layer: `[batch, 784] -> [batch, classes]` probabilities; 407,050 parameters as
/// 784-512-10. D. Rumelhart, G. Hinton, R. Williams: Learning representations by back-propagating errors. Nature 323,
/// 1986.
public struct MLP: Sendable {
  public var inputs = 784
  public var hidden = 512
  public var classes = 10

  public init(inputs: Int = 784, hidden: Int = 512, classes: Int = 10) {
    (self.inputs, self.hidden, self.classes) = (inputs, hidden, classes)
  }

  /// The layers, as recipes.
  public var layers: Sequential {
    Sequential(
      [
        InputLayer(shape: [inputs]),
        Dense(units: hidden, activation: .relu),
        Dense(units: classes, activation: .softmax),
      ], name: "mlp")
  }

  /// A built model. Throws where a size is below 1.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(layers, start: .seed(seed)) }
}
