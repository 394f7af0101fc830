public import TensorCore

/// At least one case, with odd shapes, for every operation of TensorCore: what `checkBackend` runs.
///
/// Floating inputs are float32 and lie away from kinks and ties, so that every case may be differentiated. Values are the
/// same on every run.
public enum OperationCorpus {
  public static let cases =
    elementwise + activations + reductions + products + convolutions + normalizations
    + movements + indexings + images + generators + recurrent + updates + large

  /// The types that occur in `cases`.
  public static var operationTypes: [any Operation.Type] {
    var known: Set<ObjectIdentifier> = []
    return cases.map { type(of: $0.operation) }.filter { known.insert(ObjectIdentifier($0)).inserted }
  }
}

/// Sample values for the corpus.
enum Sample {
  /// Anything in -2...2.
  static func any(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor { uniform(shape, -2, 2, seed) }

  static func uniform(_ shape: Shape, _ low: Double, _ high: Double, _ seed: UInt64 = 1) -> Tensor {
    var numbers = Numbers(seed: seed)
    return numbers.tensor(shape, low, high).cast(to: .float32)
  }

  /// Far enough from zero to divide by, and to take roots and logarithms of.
  static func positive(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor { uniform(shape, 0.4, 2.2, seed) }

  /// All different, no two closer than 0.23, none within 0.003 of a multiple of 0.5 as long as there are 63 at most:
  /// for maxima, orderings, roundings and the kinks of activations.
  static func distinct(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor {
    let count = shape.elementCount
    return Tensor(shuffled(count, seed).map { Float(Double($0 - count / 2) * 0.23 + 0.053) }, shape)
  }

  static func integers(_ shape: Shape, below count: Int, _ seed: UInt64 = 1) -> Tensor {
    var numbers = Numbers(seed: seed)
    return Tensor((0..<shape.elementCount).map { _ in Int64(numbers.next() % UInt64(count)) }, shape)
  }

  static func bools(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor {
    var numbers = Numbers(seed: seed)
    return Tensor((0..<shape.elementCount).map { _ in numbers.next() % 2 == 0 }, shape)
  }

  private static func shuffled(_ count: Int, _ seed: UInt64) -> [Int] {
    var numbers = Numbers(seed: seed)
    var order = Array(0..<count)
    for index in order.indices.reversed() { order.swapAt(index, Int(numbers.next() % UInt64(index + 1))) }
    return order
  }
}
