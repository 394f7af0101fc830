import Apus
import IO_HDF5
import Visualization

/// LeNet-5 learns to read handwritten digits.
struct DigitsDemo {
  let epochs: Int
  let seed: UInt64
  let folder: String
  let data: String?
  let printsJSON: Bool

  private let file = "lenet5.h5"
  private var trainingPicture: String { folder + "/training.svg" }
  private var confusionPicture: String { folder + "/confusion.svg" }

  func run() throws {
    try OutputFile.check(file)
    try OutputFile.makeFolder(folder)
    let directory = try data ?? DigitFiles.directory()
    say("Reading the digits in \(ProgramName.shortened(directory))")
    let (training, test) = (try MNIST.load(directory: directory), try MNIST.load(directory: directory, .test))
    let model = try LeNet5().model(seed: seed)
    say(
      "Training LeNet-5 (\(model.parameterCount) parameters) on \(training.labels.elementCount) digits, "
        + "testing on \(test.labels.elementCount)\n")
    let curve = DigitsCurve(sampleCount: training.labels.elementCount)
    let history = try train(model, training, test, curve)
    try FileBytes.write(Array(curve.svg(history).utf8), to: trainingPicture)
    let (accuracy, sample) = try examine(test)
    say("\n" + sample)
    finish(history, accuracy)
  }

  private func train(_ model: Model, _ training: MNIST, _ test: MNIST, _ curve: DigitsCurve) throws -> History {
    let trainer = try Trainer(
      model, optimizer: Adam(), loss: SparseCategoricalCrossentropy(), metrics: [.accuracy], seed: seed)
    let progress = ProgressBar(isTerminal: Console.isWatched) { text in
      if Console.isWatched { Console.write(text) } else { say(text, terminator: "") }
    }
    InterruptKey.endsTraining()
    let history = try trainer.fit(
      training.images, training.labels, epochs: epochs, batchSize: 32,
      validationData: (test.images, test.labels), callbacks: [progress, curve], interruption: .program)
    try trainer.kerasFile().write(to: file)
    return history
  }

  /// Reads the saved file as anybody would: how many test digits it gets right, and what it says to ten of them.
  private func examine(_ test: MNIST) throws -> (accuracy: Double, sample: String) {
    let model = try Model(contentsOf: file)
    let probabilities = try model.predict(test.images, batchSize: 128)
    let predictions = probabilities.argMax(axis: -1).scalars(of: Int64.self).map(Int.init)
    let truth = test.labels.scalars(of: Int64.self).map(Int.init)
    let matrix = try ConfusionMatrix(truth: truth, predictions: predictions, labels: (0..<10).map(String.init))
    try FileBytes.write(
      Array(matrix.svg(title: "LeNet-5 on the MNIST test digits").utf8), to: confusionPicture)
    let pictures = (0..<10).map { index in
      DigitPicture(
        image: test.images.aliasedRows(index..<index + 1), caption: caption(index, truth, predictions, probabilities))
    }
    return (matrix.accuracy, DigitPicture.rows(pictures, perRow: 5))
  }

  private func caption(_ index: Int, _ truth: [Int], _ predictions: [Int], _ probabilities: Tensor) -> String {
    let row = probabilities.aliasedRows(index..<index + 1).scalars(of: Float.self)
    let certainty = Int((row[predictions[index]] * 100).rounded(.down))
    let verdict = "reads \(predictions[index]) (\(certainty) %)"
    return truth[index] == predictions[index] ? verdict : verdict + ", is \(truth[index])"
  }

  private func finish(_ history: History, _ accuracy: Double) {
    if printsJSON {
      let json: JSON = [
        "accuracy": .number(accuracy), "epochs": .array(history.epochs.map { .object($0.json) }),
        "seconds": .number(history.seconds), "saved": .string(file), "interrupted": .bool(history.wasInterrupted),
        "pictures": .array([.string(trainingPicture), .string(confusionPicture)]),
      ]
      return print(json.serialized(pretty: true))
    }
    let apus = ProgramName.shortened(CommandLine.arguments[0])
    print(
      """
      Test accuracy of the saved file: \(accuracy.percent)

      lenet5.h5       the trained model; Keras opens it: keras.models.load_model("lenet5.h5")
      \(trainingPicture)
      \(confusionPicture)

      Try next:
        \(apus) inspect lenet5.h5 --weights
        \(apus) evaluate lenet5.h5 --dataset mnist
        \(apus) train lenet5.h5 --dataset mnist --epochs 1 --save better.h5
        \(apus) train lenet5-relu --dataset mnist --loss sparse_categorical_crossentropy \\
          --optimizer adam --metric accuracy --epochs 3 --save relu.h5
      """)
  }

  private func say(_ text: String, terminator: String = "\n") {
    if !printsJSON { Console.printNow(text + terminator) }
  }
}
