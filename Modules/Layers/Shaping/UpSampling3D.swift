public import TensorCore

/// Each voxel again and again: `[batch, depth, height, width, channels]` to the same with `size` times the sizes. Keras:
/// `UpSampling3D`.
public struct UpSampling3D: Layer {
  public static let kind = "UpSampling3D"
  public static let template = UpSampling3D()

  public var size: Sizes<3>
  public var dataFormat: DataFormat? = .channelsLast

  public init(size: Sizes<3> = 2) { self.size = size }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectOneInput(inputs, ranks: 5...5)
    try expectWindow(size.array, "size")
    let first = dataFormat == .channelsFirst ? 2 : 1
    let size = size.array
    return Forward { x, _ in
      size.enumerated().reduce(x) { $0.eachRepeated($1.element, axis: first + $1.offset) }
    }
  }
}
