import Apus
import ArgumentParser
import IO_HDF5

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Computes a model's outputs for arrays from files.",
    discussion: """
      Arrays are NumPy's .npy and .npz; strings are the lines of a .txt file. Several inputs come in the model's order or by name (--input left=a.npy), or \
      from one .npz that names them. Several outputs become y_0.npy, y_1.npy, …, or one .npz. Without --output the \
      numbers are printed, one sample a line.

      EXAMPLE
        apus predict lenet5.h5 --input digits.npy --output probabilities.npy
      """)

  @Argument(help: "A model file (.h5).")
  var model: String

  @Option(help: ArgumentHelp("An array with the samples along its first axis.", valueName: "[name=]x.npy"))
  var input: [String] = []

  @Option(help: ArgumentHelp("Where the outputs go.", valueName: "y.npy"))
  var output: String?

  @Option(help: ArgumentHelp("How many samples are computed at once.", valueName: "n"))
  var batchSize = 32

  @Option(
    help: ArgumentHelp(
      "What to multiply in: float32, or bfloat16 where the CPU and a backend have it: twice as fast, about three digits.",
      valueName: "type"))
  var precision = PrecisionName.float32

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var form: OutputOptions

  func validate() throws {
    if input.isEmpty { throw ValidationError("found no --input, expected one for each of the model's inputs") }
    if batchSize < 1 { throw ValidationError("found --batch-size \(batchSize), expected 1 or more") }
  }

  func run() throws {
    let model = try Model(contentsOf: model)
    let inputs = try ArrayFiles.inputs(input, for: model)
    let isHalf = precision != .float32
    try compute.run(multiplications: isHalf ? .max : Self.mostMultiplications(model, inputs)) {
      let outputs = try model.predict(inputs, batchSize: batchSize, precision: precision.precision)
      let written = try output.map { try ArrayFiles.write(outputs, names: model.outputNames, to: $0) }
      report(model, outputs, written)
    }
  }

  /// As if every weight met every pixel or time step of the input.
  private static func mostMultiplications(_ model: Model, _ inputs: [Tensor]) -> Int {
    let weights = model.weights.keys.reduce(0) { $0 + $1.spec.elementCount }
    let positions = inputs.map { input in
      input.dtype.isFloating && input.rank > 1 ? input.elementCount / max(input.shape[-1], 1) : input.elementCount
    }
    let product = weights.multipliedReportingOverflow(by: positions.max() ?? 1)
    return product.overflow ? .max : product.partialValue
  }

  private func report(_ model: Model, _ outputs: [Tensor], _ written: [String]?) {
    let json = zip(model.outputNames, outputs).enumerated().map { index, item -> JSON in
      var entry = JSON.weight(item.0, item.1.spec).objectValue ?? [:]
      if let written {
        entry["file"] = .string(written.count == 1 ? written[0] : written[index])
      } else {
        entry["values"] = item.1.nestedJSON
      }
      return .object(entry)
    }
    if form.json { return print(JSON.object(["outputs": .array(json)]).serialized()) }
    if let written {
      let shapes = outputs.map { "\($0.spec)" }.joined(separator: ", ")
      return print("\(written.joined(separator: ", ")): \(shapes)")
    }
    for (name, output) in zip(model.outputNames, outputs) {
      if outputs.count > 1 { print("# \(name) \(output.spec)") }
      output.printRows()
    }
  }
}

/// `Precision` as an argument.
enum PrecisionName: String, ExpressibleByArgument, CaseIterable {
  case float32, bfloat16

  var precision: Precision {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }
}

extension Tensor {
  /// The numbers as JSON has them, nested as the shape is.
  fileprivate var nestedJSON: JSON {
    // Through text, so that a float32 has its own digits and not those of the double next to it.
    let numbers =
      dtype == .float32
      ? scalars(of: Float.self).map { Double("\($0)") ?? Double($0) } : cast(to: .float64).scalars(of: Double.self)
    let isWhole = !dtype.isFloating
    func nest(_ axis: Int, _ range: Range<Int>) -> JSON {
      guard axis < rank else {
        let number = numbers[range.lowerBound]
        return isWhole ? .integer(Int(number)) : .number(number)
      }
      let count = shape[axis]
      let step = count == 0 ? 0 : range.count / count
      return .array(
        (0..<count).map { nest(axis + 1, range.lowerBound + $0 * step..<range.lowerBound + ($0 + 1) * step) })
    }
    return nest(0, numbers.indices)
  }

  /// One line per sample, its numbers separated by spaces.
  fileprivate func printRows() {
    let numbers = cast(to: .float32).scalars(of: Float.self)
    let rowCount = rank == 0 ? 1 : shape[0]
    let width = rowCount == 0 ? 0 : numbers.count / rowCount
    for row in 0..<rowCount {
      print(numbers[row * width..<(row + 1) * width].map { "\($0)" }.joined(separator: " "))
    }
  }
}
