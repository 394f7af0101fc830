public import TensorCore

/// The input again and again: `[batch, features] -> [batch, n, features]`. Keras: `RepeatVector`.
public struct RepeatVector: Layer {
  public static let kind = "RepeatVector"
  public static let template = RepeatVector(1)
  public static let requiredKeys = ["n"]

  public var n: Int

  public init(_ n: Int) { self.n = n }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 2...2)
    try expectWindow([n], "n")
    let n = n
    return Forward { x, _ in x.expandingDims(at: 1).tiled([1, n, 1]) }
  }
}
