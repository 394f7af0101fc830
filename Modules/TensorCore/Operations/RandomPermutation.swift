internal import CKernels

/// The numbers `0..<count` in random order: int64 `[count]`. Input: a key's base, int64 `[2]`.
public struct RandomPermutation: Operation {
  public static let name = "random_permutation"

  public var count: Int
  public var stream: UInt64

  public init(count: Int, stream: UInt64) {
    self.count = count
    self.stream = stream
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expectKey(inputs)
    guard count >= 0 else { throw mismatch(nil, "found count \(count), expected none below 0") }
    return [TensorSpec([count], .int64)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (a, b) = words(inputs[0])
    ck_random_permutation(a, b, stream, outputs[0].destination(), count)
  }
}

extension Tensor {
  /// The numbers `0..<count` in random order: int64 `[count]`
  public static func randomPermutation(count: Int, key: RandomKey) -> Tensor {
    apply(RandomPermutation(count: count, stream: key.stream), key.base)
  }
}
