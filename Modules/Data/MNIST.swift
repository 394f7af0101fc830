public import TensorCore

/// The handwritten digits of LeCun, Cortes and Burges, and data sets published in the same files (Fashion-MNIST).
public struct MNIST: Sendable {
  public enum Part: String, Sendable, CaseIterable {
    /// 60,000 digits.
    case training = "train"
    /// 10,000 digits.
    case test = "t10k"
  }

  /// float32 `[samples, 28, 28, 1]`, 0 for background to 1.
  public let images: Tensor
  /// int64 `[samples]`, 0 to 9.
  public let labels: Tensor

  /// Reads `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or those of `t10k`, each plain or with `.gz` behind
  /// its name.
  ///
  /// Throws `missingFile`, `invalidFile`, or `invalidData` where images and labels do not fit each other.
  public static func load(directory: String, _ part: Part = .training) throws(CoreError) -> MNIST {
    let imagesPath = path(directory, "\(part.rawValue)-images-idx3-ubyte")
    let labelsPath = path(directory, "\(part.rawValue)-labels-idx1-ubyte")
    let images = try IDXFile.read(imagesPath)
    let labels = try IDXFile.read(labelsPath)
    guard images.dtype == .uint8, images.rank == 3 else {
      throw CoreError(.invalidData, "found \(images.spec), expected uint8[samples, height, width]", path: [imagesPath])
    }
    guard labels.dtype == .uint8, labels.rank == 1 else {
      throw CoreError(.invalidData, "found \(labels.spec), expected uint8[samples]", path: [labelsPath])
    }
    guard images.shape[0] == labels.shape[0] else {
      throw CoreError(
        .invalidData, "found \(labels.shape[0]) labels, expected one for each of the \(images.shape[0]) images",
        path: [labelsPath])
    }
    return MNIST(images: scaled(images), labels: labels.cast(to: .int64))
  }

  private static func path(_ directory: String, _ name: String) -> String {
    let plain = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    return FileDescriptor.exists(plain) ? plain : plain + ".gz"
  }

  private static func scaled(_ images: Tensor) -> Tensor {
    var shape = images.shape
    shape.append(1)
    return images.cast(to: .float32).reshaped(shape) / 255
  }
}
