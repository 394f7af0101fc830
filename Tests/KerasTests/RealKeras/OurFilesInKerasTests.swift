import Apus
import BackendOpenBLAS
import Foundation
import IO_HDF5
import Testing

/// Files that Apus wrote, opened, evaluated and trained on by real Keras, of the dialect they are written in.
@Suite struct OurFilesInKerasTests {
  private static let versions = [RealKeras(majorVersion: 3), RealKeras(majorVersion: 2)]

  private struct Net {
    let name: String
    let trainer: Trainer
    let x: Tensor
    let y: Tensor
    /// How many times coarser than float32 it calculates.
    var roundings = 1.0
  }

  private static func digits(_ count: Int, _ part: MNIST.Part) throws -> (Tensor, Tensor) {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/Data/mnist").path
    let set = try MNIST.load(directory: folder, part)
    return (set.images.sliced(axis: 0, 0..<count), set.labels.sliced(axis: 0, 0..<count))
  }

  /// An MLP with momentum and one-hot targets.
  private static func mlp() throws -> Net {
    let (images, labels) = try digits(256, .training)
    let trainer = try Trainer(
      MLP(hidden: 32).model(seed: 2), optimizer: SGD(learningRate: 0.05, momentum: 0.9),
      loss: CategoricalCrossentropy(), metrics: [.accuracy], seed: 1)
    return Net(
      name: "mlp", trainer: trainer, x: images.reshaped([256, 784]), y: labels.oneHot(depth: 10, dtype: .float32))
  }

  /// Branches, merges, batch normalization, strides, dilation and groups; Adam.
  private static func functional() throws -> Net {
    let (images, labels) = try digits(128, .training)
    let image = Symbol.input([28, 28, 1], name: "image")
    let stem = Conv2D(filters: 8, kernelSize: 3, strides: 2, padding: .same, useBias: false)(image)
    let normalized = ActivationLayer(.relu)(BatchNormalization(momentum: 0.9)(stem))
    let grouped = Conv2D(filters: 8, kernelSize: 3, padding: .same, groups: 4, activation: .tanh)(normalized)
    let dilated = Conv2D(filters: 8, kernelSize: 3, padding: .same, dilationRate: 2)(normalized)
    let sum = Add()([normalized, grouped, dilated])
    let joined = Concatenate()([MaxPooling2D()(sum), AveragePooling2D()(normalized)])
    let output = Dense(units: 10, activation: .softmax)(GlobalAveragePooling2D()(joined))
    let model = try Model(inputs: [image], outputs: [output], start: .seed(5))
    let trainer = try Trainer(
      model, optimizer: Adam(learningRate: 0.002), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy], seed: 1)
    return Net(name: "functional", trainer: trainer, x: images, y: labels)
  }

  /// Dense layers and a convolution under mixed_float16, whose loss is scaled; the last layer gives float32.
  private static func mixed() throws -> Net {
    let (images, labels) = try digits(128, .training)
    var layers = Sequential([
      InputLayer(shape: [28, 28, 1]), Conv2D(filters: 4, kernelSize: 5, strides: 2, activation: .relu), Flatten(),
      Dense(units: 16, activation: .relu),
    ]).withDTypePolicy(.mixedFloat16)
    layers.add(Dense(units: 10, activation: .softmax))
    let trainer = try Trainer(
      Model(layers, start: .seed(6)), optimizer: SGD(learningRate: 0.02, momentum: 0.9),
      loss: SparseCategoricalCrossentropy(), metrics: [.accuracy], seed: 1)
    return Net(name: "mixed", trainer: trainer, x: images, y: labels, roundings: 50)
  }

  @Test(arguments: versions)
  func kerasPredictsEvaluatesAndTrainsOnAsWeDo(keras: RealKeras) throws {
    // For this test alone: what the host has is what all tests of this process compute with, some bit for bit.
    try Execution.$backends.withValue([OpenBLASBackend()]) { try compareWithKeras(keras) }
  }

  private func compareWithKeras(_ keras: RealKeras) throws {
    let dialect = KerasDialect(rawValue: keras.majorVersion)!
    let folder = try TemporaryFolder()
    let nets = [try Self.mlp(), try Self.functional(), try Self.mixed()]
    var jobs: [[String]] = []
    for net in nets {
      _ = try net.trainer.fit(net.x, net.y, epochs: 1, batchSize: 32)
      let file = folder.path("\(net.name).h5")
      try net.trainer.kerasFile(dialect).write(to: file, dialect: dialect)
      let (x, y) = (try folder.save(net.x, "\(net.name)_x.npy"), try folder.save(net.y, "\(net.name)_y.npy"))
      jobs += [
        ["predict", file, "--x", x, "--out", folder.path("\(net.name)_p.npy")],
        ["evaluate", file, "--x", x, "--y", y],
        ["train-step", file, "--x", x, "--y", y, "--weights-out", folder.path("\(net.name)_w.npz")],
      ]
    }
    let answers = try keras.run(jobs, in: folder.url)
    try #require(answers.count == jobs.count)
    for (index, net) in nets.enumerated() {
      try compare(net, Array(answers[3 * index..<3 * index + 3]), folder)
    }
  }

  private func compare(_ net: Net, _ answers: [JSON], _ folder: TemporaryFolder) throws {
    let predictions = try NPY.read(folder.path("\(net.name)_p.npy"))
    #expect(largestDifference(try net.trainer.predict(net.x), predictions) <= 1e-5 * Float(net.roundings))

    let ours = try net.trainer.evaluate(net.x, net.y, batchSize: 128)
    let loss = try #require(answers[1]["loss"]?.doubleValue)
    #expect(abs(try #require(ours["loss"]) - loss) <= (1e-5 + 1e-4 * loss) * net.roundings)
    #expect(abs(try #require(ours["accuracy"]) - (try #require(answers[1]["accuracy"]?.doubleValue))) < 1e-6)

    let step = try #require(net.trainer.trainStep(net.x, net.y)["loss"])
    let kerasStep = try #require(answers[2]["losses"]?[0]?.doubleValue)
    #expect(abs(step - kerasStep) <= (1e-5 + 1e-4 * kerasStep) * net.roundings)
    // Weights after the step agree only where the optimizer's state was carried over. Keras names them layer/weight.
    let theirs = try NPZ.read(folder.path("\(net.name)_w.npz"))
    for key in net.trainer.model.weights.keys {
      let found = try #require(theirs[key.path], "Keras has no \(key.path) among \(theirs.keys.sorted())")
      #expect(
        largestDifference(net.trainer.model.weights[key], found) <= 2e-5 * Float(net.roundings),
        "\(net.name) \(key.path)")
    }
  }

  /// The program, end to end: what `apus train` saves is what Keras opens.
  @Test(arguments: versions)
  func whatTheProgramTrainsKerasAgreesOn(keras: RealKeras) throws {
    let folder = try TemporaryFolder()
    let (trainX, trainY) = try Self.digits(2000, .training)
    let (testX, testY) = try Self.digits(1000, .test)
    let file = folder.path("lenet5.h5")
    let x = try folder.save(testX, "x.npy")
    let y = try folder.save(testY, "y.npy")
    let run = try Command.run(
      Command.apus,
      [
        "train", "lenet5", "--x", try folder.save(trainX, "train_x.npy"), "--y", try folder.save(trainY, "train_y.npy"),
        "--loss", "sparse_categorical_crossentropy", "--optimizer", "adam:learning_rate=0.002", "--metric", "accuracy",
        "--epochs", "2", "--seed", "4", "--save", file, "--keras-version", "\(keras.majorVersion)",
      ])
    try #require(run.status == 0, "\(run.errors)")

    let answers = try keras.run(
      [
        ["predict", file, "--x", x, "--out", folder.path("p.npy")], ["evaluate", file, "--x", x, "--y", y],
        ["train-step", file, "--x", x, "--y", y],
      ], in: folder.url)
    let trainer = try Trainer(file: KerasFile(contentsOf: file))
    #expect(largestDifference(try trainer.predict(testX), try NPY.read(folder.path("p.npy"))) <= 1e-5)
    let ours = try trainer.evaluate(testX, testY)
    #expect(try #require(ours["accuracy"]) > 0.8)
    #expect(abs(try #require(ours["accuracy"]) - (try #require(answers[1]["accuracy"]?.doubleValue))) < 1e-6)
    let step = try #require(trainer.trainStep(testX, testY)["loss"])
    #expect(abs(step - (try #require(answers[2]["losses"]?[0]?.doubleValue))) <= 1e-5)
  }

  private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape, a.dtype == b.dtype else { return .infinity }
    return zip(a.scalars(of: Float.self), b.scalars(of: Float.self)).map { abs($0 - $1) }.max() ?? 0
  }
}
