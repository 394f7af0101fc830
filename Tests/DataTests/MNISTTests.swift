import Data
import Foundation
import TensorCore
import Testing

@Suite struct MNISTTests {
  static let folder = root + "/Examples/Data/mnist"

  @Test func readsTheTestDigits() throws {
    let digits = try MNIST.load(directory: Self.folder, .test)
    #expect(digits.images.spec == TensorSpec([10_000, 28, 28, 1], .float32))
    #expect(digits.labels.spec == TensorSpec([10_000], .int64))
    // The first ten labels of the set, and how often each digit occurs.
    #expect(digits.labels.scalars(of: Int64.self).prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    let counts = digits.labels.withScalars(of: Int64.self) { labels in
      labels.reduce(into: [Int](repeating: 0, count: 10)) { $0[Int($1)] += 1 }
    }
    #expect(counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    let (low, high, sum) = digits.images.withScalars(of: Float.self) { pixels in
      pixels.reduce((Float(1), Float(0), 0.0)) { (min($0.0, $1), max($0.1, $1), $0.2 + Double($1)) }
    }
    #expect(low == 0 && high == 1)
    // The known mean of the test images.
    #expect(abs(sum / 7_840_000 - 0.13251463) < 1e-6)
  }

  @Test func refusesLabelsOfAnotherSet() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 255], "t10k-images-idx3-ubyte")
    _ = try folder.write([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2], "t10k-labels-idx1-ubyte")
    let error = try failure { _ = try MNIST.load(directory: folder.path, .test) }
    #expect(error.code == .invalidData)
    #expect(error.message == "found 3 labels, expected one for each of the 2 images")
    _ = try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 3, 1], "t10k-labels-idx1-ubyte")
    let digits = try MNIST.load(directory: folder.path + "/", .test)
    #expect(digits.images.shape == [2, 1, 1, 1] && digits.images.scalars(of: Float.self) == [0, 1])
    #expect(try failure { _ = try MNIST.load(directory: folder.path) }.code == .missingFile)
  }
}
