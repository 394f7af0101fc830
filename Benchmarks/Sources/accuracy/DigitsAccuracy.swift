import Apus
import Glibc

/// How many digits of MNIST's test set a network gets right, by what it was trained in and what it predicts in.
struct DigitsAccuracy {
  private let training: MNIST
  private let test: MNIST
  private let epochs: Int

  init(folder: String, epochs: Int) throws(CoreError) {
    training = try MNIST.load(directory: folder)
    test = try MNIST.load(directory: folder, .test)
    self.epochs = epochs
  }

  func run() throws(CoreError) {
    print("| network | trained under | final loss | predicted as trained | predicted with `.bfloat16` |")
    print("| --- | --- | ---: | ---: | ---: |")
    for (name, layers) in [("LeNet-5", LeNet5().layers), ("LeNet, 32 and 64 filters, ReLU", Self.wide)] {
      for policy in [DTypePolicy.float32, .mixedBfloat16, .mixedFloat16] { try train(name, layers, policy) }
    }
  }

  private static var wide: Sequential {
    Sequential([
      InputLayer(shape: [28, 28, 1]), Conv2D(filters: 32, kernelSize: 5, padding: .same, activation: .relu),
      MaxPooling2D(poolSize: 2), Conv2D(filters: 64, kernelSize: 5, activation: .relu), MaxPooling2D(poolSize: 2),
      Flatten(), Dense(units: 256, activation: .relu), Dense(units: 10, activation: .softmax),
    ])
  }

  private func train(_ name: String, _ layers: Sequential, _ policy: DTypePolicy) throws(CoreError) {
    let model = try Model(layers.withDTypePolicy(policy), start: .seed(1))
    let trainer = try Trainer(model, optimizer: Adam(), loss: SparseCategoricalCrossentropy(), seed: 1)
    let history: History
    do {
      history = try trainer.fit(training.images, training.labels, epochs: epochs, batchSize: 128)
    } catch {
      throw CoreError(wrapping: error)
    }
    let trained = trainer.model
    let own = try right(trained, .float32)
    // A plan in bfloat16 is for float32 models.
    let narrow = policy == .float32 ? percent(try right(trained, .bfloat16)) : ""
    print(
      "| \(name) | `\(policy.rawValue)` | \(rounded(history.epochs.last?["loss"] ?? 0, 4)) | \(percent(own)) | \(narrow) |"
    )
    fflush(nil)
    for reason in history.uncompiledReasons { print("steps ran operation by operation: \(reason)") }
  }

  private func right(_ model: Model, _ precision: Precision) throws(CoreError) -> Double {
    let found = try model.predict(test.images, batchSize: 1000, precision: precision).cast(to: .float32)
      .argMax(axis: -1).scalars(of: Int64.self)
    let pairs = zip(found, test.labels.scalars(of: Int64.self))
    return Double(pairs.count { $0 == $1 }) / Double(found.count)
  }
}

func rounded(_ number: Double, _ digits: Int) -> String {
  let factor = pow(10, Double(digits))
  let whole = Int((abs(number) * factor).rounded())
  let fraction = String(whole % Int(factor))
  let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
  return "\(number < 0 ? "-" : "")\(whole / Int(factor)).\(zeros)\(fraction)"
}

func percent(_ share: Double) -> String { rounded(share * 100, 2) + " %" }
