public import TensorCore

/// A standard task whose time is compared with other frameworks': a net, a batch, trained or only run.
public struct Workload: Sendable {
  public enum Goal: String, Sendable { case training, inference }

  /// As `apus bench` takes it: `"lenet_train"`.
  public let name: String
  /// One line: the net and the batch.
  public let summary: String
  public let goal: Goal
  public let batchSize: Int
  /// What products are computed in: float32 or bfloat16.
  public let precision: DType
  let net: Net

  private init(
    _ name: String, _ summary: String, _ goal: Goal, _ net: Net, batch: Int, precision: DType = .float32
  ) {
    (self.name, self.summary, self.goal, self.net) = (name, summary, goal, net)
    (batchSize, self.precision) = (batch, precision)
  }

  /// All of them, in the order in which they are listed.
  public static let all: [Workload] = trainings + predictions + predictions.map(\.inBFloat16)

  private static let trainings = [
    Workload("mlp_train", "784-512-10 perceptron, Adam", .training, .mlp, batch: 128),
    Workload("lenet_train", "LeNet-5 (tanh, average pooling), Adam", .training, .leNet5, batch: 128),
    Workload("lenetwide_train", "LeNet with 32 and 64 filters, ReLU, Adam", .training, .wideLeNet, batch: 128),
    Workload("ecg_train", "8 convolutions over 1024 samples, Adam", .training, .ecg, batch: 32),
    Workload("lstm_train", "10,000 words, LSTM of 128, 100 steps, Adam", .training, .lstm, batch: 32),
    Workload("gru_train", "10,000 words, GRU of 128, 100 steps, Adam", .training, .gru, batch: 32),
    Workload("charrnn_train", "65 symbols, two LSTMs of 512, 100 steps, Adam", .training, .charRNN, batch: 50),
    Workload("resnet50_train8", "ResNet-50, 224×224, Adam", .training, .resNet50, batch: 8),
    Workload("vgg16_train4", "VGG-16, 224×224, Adam", .training, .vgg16, batch: 4),
  ]

  private static let predictions = [
    Workload("lenet_predict1", "LeNet-5", .inference, .leNet5, batch: 1),
    Workload("lenet_predict128", "LeNet-5", .inference, .leNet5, batch: 128),
    Workload("lstm_predict", "10,000 words, LSTM of 128, 100 steps", .inference, .lstm, batch: 32),
    Workload("gru_predict", "10,000 words, GRU of 128, 100 steps", .inference, .gru, batch: 32),
    Workload("resnet50_predict1", "ResNet-50, 224×224", .inference, .resNet50, batch: 1),
    Workload("resnet50_predict8", "ResNet-50, 224×224", .inference, .resNet50, batch: 8),
    Workload("resnet50_predict32", "ResNet-50, 224×224", .inference, .resNet50, batch: 32),
    Workload("vgg16_predict1", "VGG-16, 224×224", .inference, .vgg16, batch: 1),
    Workload("mobilenet_predict1", "MobileNet, 224×224", .inference, .mobileNet, batch: 1),
    Workload("mobilenet_predict8", "MobileNet, 224×224", .inference, .mobileNet, batch: 8),
  ]

  /// The same with products of bfloat16 numbers: half the bytes, and more than twice the rate where the CPU has them.
  private var inBFloat16: Workload {
    Workload(name + "_bf16", summary + ", bfloat16", goal, net, batch: batchSize, precision: .bfloat16)
  }

  /// Throws `unknownName` with the names that there are.
  public static func named(_ name: String) throws(CoreError) -> Workload {
    guard let workload = all.first(where: { $0.name == name }) else {
      throw CoreError(
        .unknownName, "found no workload \"\(name)\", expected one of \(all.map(\.name).joined(separator: ", "))")
    }
    return workload
  }

  /// Builds the net and its data. Throws where the net cannot be built, or not in this precision on this machine.
  public func prepare() throws(CoreError) -> PreparedWorkload { try PreparedWorkload(self) }
}
