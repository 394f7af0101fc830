public import Layers
public import TensorCore

/// A model of the zoo by name.
public struct ZooModel: Sendable {
  /// As `apus train` takes it: `"lenet5"`.
  public let name: String
  /// One line: what it is for, and where it is from.
  public let summary: String
  /// As it is built here: known without building it, since some models are large.
  public let parameterCount: Int
  private let make: @Sendable (UInt64) throws(CoreError) -> Model

  init(
    _ name: String, _ summary: String, parameterCount: Int,
    _ make: @escaping @Sendable (UInt64) throws(CoreError) -> Model
  ) {
    (self.name, self.summary, self.parameterCount, self.make) = (name, summary, parameterCount, make)
  }

  /// A built model, its weights made from the seed.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try make(seed) }
}

/// The models that come with Apus.
public enum Zoo {
  public static let models: [ZooModel] = [
    ZooModel("lenet5", "digits; LeCun et al. 1998, tanh and average pooling", parameterCount: 61_706) {
      seed throws(CoreError) in
      try LeNet5().model(seed: seed)
    },
    ZooModel("lenet5-relu", "digits; LeNet-5 with ReLU and max pooling", parameterCount: 61_706) {
      seed throws(CoreError) in
      try LeNet5(activation: .relu, pooling: .max).model(seed: seed)
    },
    ZooModel("mlp", "digits as vectors of 784; a 784-512-10 perceptron", parameterCount: 407_050) {
      seed throws(CoreError) in
      try MLP().model(seed: seed)
    },
    ZooModel(
      "ecg", "electrocardiograms of 1024 samples; eight wide convolutions, Hannun et al. 2019", parameterCount: 462_596
    ) {
      seed throws(CoreError) in try ECGNet().model(seed: seed)
    },
    ZooModel("resnet50", "photographs of 224×224; He et al. 2016, as in keras.applications", parameterCount: 25_636_712)
    { seed throws(CoreError) in
      try ResNet50().model(seed: seed)
    },
    ZooModel(
      "vgg16", "photographs of 224×224; Simonyan and Zisserman 2015, as in keras.applications",
      parameterCount: 138_357_544
    ) {
      seed throws(CoreError) in try VGG16().model(seed: seed)
    },
    ZooModel(
      "mobilenet", "photographs of 224×224; Howard et al. 2017, as in keras.applications", parameterCount: 4_253_864
    ) {
      seed throws(CoreError) in try MobileNet().model(seed: seed)
    },
    ZooModel("sentiment-lstm", "texts as numbers of words; Maas et al. 2011, one LSTM", parameterCount: 1_411_713) {
      seed throws(CoreError) in
      try SentimentRNN(.lstm).model(seed: seed)
    },
    ZooModel("sentiment-gru", "texts as numbers of words; Maas et al. 2011, one GRU", parameterCount: 1_379_201) {
      seed throws(CoreError) in
      try SentimentRNN(.gru).model(seed: seed)
    },
    ZooModel("charrnn", "characters of a text; Karpathy 2015, two LSTM layers of 512", parameterCount: 3_320_514) {
      seed throws(CoreError) in
      try CharRNN().model(seed: seed)
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
