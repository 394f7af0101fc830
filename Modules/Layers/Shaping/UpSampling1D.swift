public import TensorCore

/// Each step again and again: `[batch, steps, channels] -> [batch, size * steps, channels]`. Keras: `UpSampling1D`.
public struct UpSampling1D: Layer {
  public static let kind = "UpSampling1D"
  public static let template = UpSampling1D()

  public var size = 2

  public init(size: Int = 2) { self.size = size }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 3...3)
    try expectWindow([size], "size")
    let size = size
    return Forward { x, _ in x.eachRepeated(size, axis: 1) }
  }
}

extension Tensor {
  /// Every element of an axis `count` times in a row.
  func eachRepeated(_ count: Int, axis: Int) -> Tensor {
    guard count != 1 else { return self }
    var multiples = Array(repeating: 1, count: rank + 1)
    multiples[axis + 1] = count
    var sizes = shape.array
    sizes[axis] *= count
    return expandingDims(at: axis + 1).tiled(multiples).reshaped(Shape(sizes))
  }
}
