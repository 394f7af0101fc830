public import Layers
public import TensorCore

/// A model of the zoo by name.
public struct ZooModel: Sendable {
  /// As `apus train` takes it: `"lenet5"`.
  public let name: String
  /// One line: what it is for, and where it is from.
  public let summary: String
  private let make: @Sendable (UInt64) throws(CoreError) -> Model

  init(_ name: String, _ summary: String, _ make: @escaping @Sendable (UInt64) throws(CoreError) -> Model) {
    (self.name, self.summary, self.make) = (name, summary, make)
  }

  /// A built model, its weights made from the seed.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try make(seed) }
}

/// The models that come with Apus.
public enum Zoo {
  public static let models: [ZooModel] = [
    ZooModel("lenet5", "digits; LeCun et al. 1998, tanh and average pooling") { seed throws(CoreError) in
      try LeNet5().model(seed: seed)
    },
    ZooModel("lenet5-relu", "digits; LeNet-5 with ReLU and max pooling") { seed throws(CoreError) in
      try LeNet5(activation: .relu, pooling: .max).model(seed: seed)
    },
    ZooModel("mlp", "digits as vectors of 784; a 784-512-10 perceptron") { seed throws(CoreError) in
      try MLP().model(seed: seed)
    },
  ]

  /// Throws `unknownName` with the names that there are.
  public static func model(named name: String) throws(CoreError) -> ZooModel {
    guard let model = models.first(where: { $0.name == name }) else {
      throw CoreError(
        .unknownName, "found no zoo model \"\(name)\", expected one of \(models.map(\.name).joined(separator: ", "))")
    }
    return model
  }
}
