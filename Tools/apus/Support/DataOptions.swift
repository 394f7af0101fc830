import Apus
import ArgumentParser
import Glibc

/// Where samples and their targets come from.
struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("An array of inputs; once for each input.", valueName: "[name=]x.npy"))
  var x: [String] = []

  @Option(help: ArgumentHelp("An array of targets; once for each output.", valueName: "[name=]y.npy"))
  var y: [String] = []

  @Option(help: ArgumentHelp("A data set by name instead of --x and --y: mnist.", valueName: "name"))
  var dataset: String?

  @Option(
    help: ArgumentHelp(
      "The folder with the data set's files (default: $APUS_DATA, else Examples/Data/mnist of the repository).",
      valueName: "dir"))
  var data: String?

  func validate() throws {
    guard let dataset else {
      if x.isEmpty || y.isEmpty { throw ValidationError("found no data, expected --x and --y, or --dataset mnist") }
      if data != nil { throw ValidationError("--data is the folder of a --dataset") }
      return
    }
    if !x.isEmpty || !y.isEmpty { throw ValidationError("found --dataset and --x or --y, expected one of them") }
    if dataset != "mnist" { throw ValidationError("found data set \"\(dataset)\", expected mnist") }
  }

  /// The samples for a model.
  ///
  /// - Parameter part: of a data set that has parts; files are taken whole.
  func batch(_ part: MNIST.Part, for model: Model, _ config: JSONObject) throws(CoreError) -> Batch {
    if dataset != nil { return try digits(part, for: model, config) }
    let targets = try ArrayFiles.arranged(ArrayFiles.read(y), for: model.outputNames, of: model, what: "output")
    return Batch(inputs: try ArrayFiles.inputs(x, for: model), targets: targets.map(\.tensor))
  }

  private func digits(_ part: MNIST.Part, for model: Model, _ config: JSONObject) throws(CoreError) -> Batch {
    let directory = if let data { data } else { try DigitFiles.directory() }
    let digits = try MNIST.load(directory: directory, part)
    let isVector = model.inputs.first?.batchShape.count == 2
    let images = isVector ? digits.images.reshaped([digits.images.shape[0], 784]) : digits.images
    // Every loss but the sparse one compares with one number per class.
    let isSparse = config["loss"]?.brief.lowercased().contains("sparse") ?? true
    guard !isSparse, let output = model.outputSpecs.first, output.shape.rank > 1, output.shape.last == 10 else {
      return Batch(inputs: [images], targets: [digits.labels])
    }
    return Batch(inputs: [images], targets: [digits.labels.oneHot(depth: 10)])
  }
}

/// Where this repository keeps the digits.
enum DigitFiles {
  /// `$APUS_DATA` (or `mnist` in it); else `Examples/Data/mnist` in or above the current folder or the program's.
  static func directory() throws(CoreError) -> String {
    if let data = getenv("APUS_DATA").map({ String(cString: $0) }), !data.isEmpty {
      return hasDigits(data + "/mnist") ? data + "/mnist" : data
    }
    for start in [currentDirectory, programDirectory].compactMap(\.self) {
      var folder = start[...]
      while true {
        let candidate = folder + "/Examples/Data/mnist"
        if hasDigits(String(candidate)) { return String(candidate) }
        guard let slash = folder.lastIndex(of: "/") else { break }
        folder = folder[..<slash]
      }
    }
    throw CoreError(
      .missingFile, "found no folder Examples/Data/mnist here or above; say where the digits are with --data DIR")
  }

  private static func hasDigits(_ folder: String) -> Bool {
    let file = folder + "/train-images-idx3-ubyte"
    return access(file, R_OK) == 0 || access(file + ".gz", R_OK) == 0
  }

  private static var currentDirectory: String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  private static var programDirectory: String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let program = String(cString: path)
    return program.lastIndex(of: "/").map { String(program[..<$0]) }
  }
}
