internal import Layers
internal import TensorCore
internal import Training

/// A net of the standard workloads: the layers, made-up data that fits them, and what it is trained for. Nets end in
/// logits, as those of other frameworks that they are compared with.
struct Net: Sendable {
  let make: @Sendable () throws(CoreError) -> Model
  /// A batch of inputs and targets.
  let data: @Sendable (Int) -> (x: Tensor, y: Tensor)
  let loss: any Loss

  private static let key = RandomKey(seed: 0)

  /// - Parameters:
  ///   - shape: of one image, series or vector.
  ///   - classes: the number of logits.
  ///   - make: the model.
  static func classifier(
    _ shape: Shape, classes: Int, _ make: @escaping @Sendable () throws(CoreError) -> Model
  ) -> Net {
    Net(
      make: make,
      data: { batch in
        (
          .randomNormal(Shape([batch] + shape.array), key: key),
          .randomIntegers([batch], in: 0...Int64(classes - 1), dtype: .int64, key: key)
        )
      },
      loss: SparseCategoricalCrossentropy(fromLogits: true))
  }

  static let mlp = Net.classifier([784], classes: 10) { () throws(CoreError) in
    try Model(Sequential([InputLayer(shape: [784]), Dense(units: 512, activation: .relu), Dense(units: 10)]))
  }

  static let leNet5 = Net.classifier([28, 28, 1], classes: 10) { () throws(CoreError) in
    try Model(
      Sequential([
        InputLayer(shape: [28, 28, 1]),
        Conv2D(filters: 6, kernelSize: 5, padding: .same, activation: .tanh), AveragePooling2D(poolSize: 2),
        Conv2D(filters: 16, kernelSize: 5, activation: .tanh), AveragePooling2D(poolSize: 2),
        Flatten(), Dense(units: 120, activation: .tanh), Dense(units: 84, activation: .tanh), Dense(units: 10),
      ]))
  }

  /// 32 and 64 filters of 3×3 and ReLU, as in Keras's introduction to convolutions.
  static let wideLeNet = Net.classifier([28, 28, 1], classes: 10) { () throws(CoreError) in
    try Model(
      Sequential([
        InputLayer(shape: [28, 28, 1]),
        Conv2D(filters: 32, kernelSize: 3, activation: .relu), MaxPooling2D(poolSize: 2),
        Conv2D(filters: 64, kernelSize: 3, activation: .relu), MaxPooling2D(poolSize: 2),
        Flatten(), Dense(units: 128, activation: .relu), Dense(units: 10),
      ]))
  }
}
