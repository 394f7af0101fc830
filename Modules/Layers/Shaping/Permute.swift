public import TensorCore

/// The axes behind the batch in another order. Keras: `Permute`.
public struct Permute: Layer {
  public static let kind = "Permute"
  public static let template = Permute([])
  public static let requiredKeys = ["dims"]

  /// Which axis of the input each axis of the output is; 1 is the first behind the batch.
  public var dims: [Int]

  public init(_ dims: [Int]) { self.dims = dims }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: (dims.count + 1)...(dims.count + 1))
    try expect(
      dims.sorted() == Array(1..<max(1, input.rank)), "dims", "\(dims)", "each of 1 to \(input.rank - 1) once")
    let permutation = [0] + dims
    return Forward { x, _ in x.transposed(permutation) }
  }
}
