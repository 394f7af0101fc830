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

  /// One small net for each of some optimizers, with a schedule, averages and sums of gradients among them.
  private static func optimizers(_ dialect: KerasDialect) throws -> [Net] {
    var averaging = Adam(learningRate: 0.01)
    (averaging.settings.useEMA, averaging.settings.emaMomentum) = (true, 0.9)
    let schedule = CosineDecay(initialLearningRate: 0.001, decaySteps: 9, warmupTarget: 0.01, warmupSteps: 3)
    var rules: [(String, any Optimizer)] = [
      ("rmsprop", RMSprop(learningRate: 0.002, momentum: 0.5, epsilon: 1e-3, centered: true)),
      ("adamw", AdamW().scheduled(schedule)), ("adam_ema", averaging), ("adamax", Adamax(learningRate: 0.005)),
      ("adagrad", Adagrad(learningRate: 0.05)), ("adadelta", Adadelta(learningRate: 1, epsilon: 1e-4)),
      ("ftrl", Ftrl(learningRate: 0.1, l1RegularizationStrength: 0.001)),
    ]
    if dialect == .keras3 {
      var adding = SGD(learningRate: 0.1, momentum: 0.9)
      adding.settings.gradientAccumulationSteps = 3
      // Keras 2.15 does not know the others, or how Nadam went on.
      rules += [("nadam", Nadam(learningRate: 0.005)), ("muon", Muon(learningRate: 0.01)), ("sums", adding)]
    }
    let (images, labels) = try digits(128, .training)
    return try rules.map { name, optimizer in
      let trainer = try Trainer(
        MLP(hidden: 12).model(seed: 3), optimizer: optimizer, loss: SparseCategoricalCrossentropy(),
        metrics: [.accuracy], seed: 1)
      return Net(name: name, trainer: trainer, x: images.reshaped([128, 784]), y: labels)
    }
  }

  /// Operators, slices and functions between layers, in Keras 3's form.
  private static func operations() throws -> Net {
    let (images, labels) = try digits(128, .training)
    let image = Symbol.input([28, 28, 1], name: "image")
    let inner = image[.all, .range(2, -2), .range(2, -2)] * 2 - 0.5
    let features = Conv2D(filters: 4, kernelSize: 5, strides: 3, activation: .relu)(inner)
    let centered = features - features.mean(axes: [1, 2], keepDims: true)
    let flat = Symbol.operation(
      "Concatenate", [features.reshaped([-1, 196]), centered.max(axes: [1, 2])],
      operands: [.list([.input(0), .input(1)])], settings: ["axis": -1])
    let gate = Dense(units: 200, activation: .sigmoid)(flat)
    let hidden = flat * gate + 1 / (1 + Symbol.operation("Exp", [-flat]))
    let output = Dense(units: 10, activation: .softmax)(Symbol.operation("Relu", [hidden]))
    let model = try Model(inputs: [image], outputs: [output], start: .seed(7))
    let trainer = try Trainer(
      model, optimizer: Adam(learningRate: 0.002), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy], seed: 1)
    return Net(name: "operations", trainer: trainer, x: images, y: labels)
  }

  @Test(arguments: versions)
  func kerasPredictsEvaluatesAndTrainsOnAsWeDo(keras: RealKeras) throws {
    // For this test alone: what the host has is what all tests of this process compute with, some bit for bit.
    try Execution.$backends.withValue([OpenBLASBackend()]) { try compareWithKeras(keras) }
  }

  private func compareWithKeras(_ keras: RealKeras) throws {
    let dialect = KerasDialect(rawValue: keras.majorVersion)!
    let folder = try TemporaryFolder()
    var nets = [try Self.mlp(), try Self.functional(), try Self.mixed()]
    if dialect == .keras3 { nets.append(try Self.operations()) }
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

  /// Files with each version's operations, read and written again.
  @Test(arguments: versions)
  func kerasReadsTheOperationsThatWeWrite(keras: RealKeras) throws {
    let folder = try TemporaryFolder()
    let names = [
      "operations_adam", "operations_momentum", "explicit_mask_adam",
      "wrappers_in_wrappers_adam",
    ]
    var (jobs, files): ([[String]], [KerasFile]) = ([], [])
    for name in names {
      let path = "keras\(keras.majorVersion)/models/\(name)"
      let file = try KerasFile(contentsOf: Fixtures.path(path + ".h5"))
      files.append(file)
      let copy = folder.path(name + ".h5")
      try file.write(to: copy, dialect: KerasDialect(rawValue: keras.majorVersion)!)
      let x = try folder.save(try Fixtures.arrays(path + ".npz").array("x"), name + "_x.npy")
      jobs.append(["predict", copy, "--x", x, "--out", folder.path(name + "_p.npy")])
    }
    _ = try keras.run(jobs, in: folder.url)
    for (name, file) in zip(names, files) {
      let x = try NPY.read(folder.path(name + "_x.npy"))
      let found = try NPY.read(folder.path(name + "_p.npy"))
      #expect(largestDifference(try file.model.predict(x), found) <= 1e-5, "\(name)")
    }
  }

  /// Every operation of the fixtures, written by us and read by Keras 3, which looks up where each is defined.
  @Test func keras3KnowsWhereEveryOperationIsDefined() throws {
    let keras = RealKeras(majorVersion: 3)
    let folder = try TemporaryFolder()
    var jobs: [[String]] = []
    for record in try Fixtures.records("keras3/operations.json") {
      let name = try record.string("name")
      // Keras 3 cannot read its own "..." between indices, nor an Attention's score mode "dot", in legacy files.
      let text = (record["config"] ?? nil).serialized()
      if text.contains("__ellipsis__") || text.contains("\"Attention\"") { continue }
      let recipe = try #require(try KerasConfig().model(from: record["config"] ?? nil) as? Functional)
      let path = folder.path(name + ".h5")
      try KerasFile(model: try Model(recipe)).write(to: path)
      jobs.append(["config", path])
    }
    #expect(try keras.run(jobs, in: folder.url).count == jobs.count)
  }

  private func compare(_ net: Net, _ answers: [JSON], _ folder: TemporaryFolder) throws {
    let predictions = try NPY.read(folder.path("\(net.name)_p.npy"))
    #expect(largestDifference(try net.trainer.predict(net.x), predictions) <= 1e-5 * Float(net.roundings))

    let ours = try net.trainer.evaluate(net.x, net.y, batchSize: 128)
    let loss = try #require(answers[1]["loss"]?.doubleValue)
    #expect(abs(try #require(ours["loss"]) - loss) <= (1e-5 + 1e-4 * loss) * net.roundings)
    #expect(abs(try #require(ours["accuracy"]) - (try #require(answers[1]["accuracy"]?.doubleValue))) < 1e-6)

    try compareStep(net, answers[2], folder)
  }

  private func compareStep(_ net: Net, _ answer: JSON, _ folder: TemporaryFolder) throws {
    let step = try #require(net.trainer.trainStep(net.x, net.y)["loss"])
    let kerasStep = try #require(answer["losses"]?[0]?.doubleValue)
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

  @Test(arguments: versions)
  func kerasTrainsOnWithEachOptimizer(keras: RealKeras) throws {
    let dialect = try #require(KerasDialect(rawValue: keras.majorVersion))
    let folder = try TemporaryFolder()
    let nets = try Self.optimizers(dialect)
    let jobs = try nets.map { net in
      _ = try net.trainer.fit(net.x, net.y, epochs: 1, batchSize: 32)
      let file = folder.path("\(net.name).h5")
      try net.trainer.kerasFile(dialect).write(to: file, dialect: dialect)
      let (x, y) = (try folder.save(net.x, "\(net.name)_x.npy"), try folder.save(net.y, "\(net.name)_y.npy"))
      return ["train-step", file, "--x", x, "--y", y, "--weights-out", folder.path("\(net.name)_w.npz")]
    }
    let answers = try keras.run(jobs, in: folder.url)
    try #require(answers.count == jobs.count)
    for (net, answer) in zip(nets, answers) { try compareStep(net, answer, folder) }
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
