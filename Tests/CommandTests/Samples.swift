import Apus
import Foundation
import IO_HDF5

/// Files that tests give to the program.
enum Samples {
  /// Models that real Keras made.
  static func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(name)")
      .path
  }

  static let lenet = fixture("keras3/models/lenet5_adam.h5")

  /// Pictures whose lit rows say their class, `[count, 28, 28, 1]`, and their labels: easy to learn, as digits are.
  static func digits(_ count: Int, seed: UInt64 = 0) -> (images: Tensor, labels: Tensor) {
    var state = seed &+ 1
    var pixels = [Float](repeating: 0, count: count * 784)
    let labels = (0..<count).map { Int64(($0 * 7) % 10) }
    for (sample, label) in labels.enumerated() {
      for pixel in 0..<784 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let noise = Float(state >> 40) / Float(1 << 24) * 0.3
        let isLit = pixel / 28 / 2 == Int(label) + 1
        pixels[sample * 784 + pixel] = noise + (isLit ? 0.7 : 0)
      }
    }
    return (Tensor(pixels, [count, 28, 28, 1]), Tensor(labels))
  }

  /// Writes `x.npy` and `y.npy`.
  static func write(_ count: Int, to folder: Folder, seed: UInt64 = 0) throws {
    let (images, labels) = digits(count, seed: seed)
    try NPY.write(images, to: folder.path("x.npy"))
    try NPY.write(labels, to: folder.path("y.npy"))
  }

  /// The four files of MNIST with such digits.
  static func writeMNIST(_ folder: Folder, training: Int = 200, test: Int = 60) throws {
    for (part, count) in [("train", training), ("t10k", test)] {
      let (images, labels) = digits(count)
      var pictures = header([2051, count, 28, 28])
      pictures.append(contentsOf: images.scalars(of: Float.self).map { UInt8(min(255, $0 * 255)) })
      var numbers = header([2049, count])
      numbers.append(contentsOf: labels.scalars(of: Int64.self).map { UInt8($0) })
      try folder.write(pictures, "\(part)-images-idx3-ubyte")
      try folder.write(numbers, "\(part)-labels-idx1-ubyte")
    }
  }

  private static func header(_ numbers: [Int]) -> Data {
    Data(numbers.flatMap { number in [24, 16, 8, 0].map { UInt8(number >> $0 & 255) } })
  }

  /// A small model, 4 features to 3 classes, never compiled, with what may be wrong about it changed.
  ///
  /// - Parameters:
  ///   - config: changes the text of `model_config`; nil leaves the attribute out.
  ///   - weight: what stands at a path instead of a weight; nil leaves it out.
  static func writeModel(
    to path: String, config: (String) -> String? = { $0 }, weight: (String, Tensor) -> Tensor? = { $1 }
  ) throws {
    let model = try Model(
      Sequential([InputLayer(shape: [4]), Dense(units: 5, activation: .relu), Dense(units: 3, activation: .softmax)]),
      start: .seed(3))
    var archive = InMemoryArchive(name: "model")
    try KerasFile(model: model).write(to: &archive)
    try HDF5Archive.write(to: path) { (writer) throws(CoreError) in
      try copy(archive, "", to: &writer, config, weight)
    }
  }

  private static let attributes = [
    "keras_version", "backend", "model_config", "training_config", "layer_names", "weight_names",
  ]

  private static func copy(
    _ archive: InMemoryArchive, _ path: String, to writer: inout HDF5Writer, _ config: (String) -> String?,
    _ weight: (String, Tensor) -> Tensor?
  ) throws(CoreError) {
    for name in attributes {
      guard var value = try archive.attribute(name, at: path) else { continue }
      if name == "model_config", case .string(let text) = value {
        guard let changed = config(text) else { continue }
        value = .string(changed)
      }
      try writer.setAttribute(name, at: path, value)
    }
    for child in try archive.children(of: path) {
      let below = path.isEmpty ? child : path + "/" + child
      if archive.isGroup(below) {
        try writer.makeGroup(below)
        try copy(archive, below, to: &writer, config, weight)
      } else if let tensor = weight(below, try archive.tensor(at: below)) {
        try writer.write(tensor, at: below)
      }
    }
  }
}
