internal import CKernels

/// The gradient of `Slice`: dy in the places of a tensor of `inputShape` that it was taken from, zeros elsewhere.
///
/// Input dy of the slice's shape. Any element type.
public struct SliceGradient: Operation {
  public static let name = "slice_gradient"

  public var begin: [Int]
  public var end: [Int]
  public var strides: [Int]
  public var inputShape: Shape

  public init(begin: [Int], end: [Int], strides: [Int], inputShape: Shape) {
    self.begin = begin
    self.end = end
    self.strides = strides
    self.inputShape = inputShape
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    let slice = try SliceBounds(begin: begin, end: end, strides: strides).shape(of: inputShape, Self.name)
    try expectShape(inputs[0], slice, "dy")
    return [TensorSpec(inputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (dy, dx) = (inputs[0], outputs[0])
    guard dx.rank > 0 else { return dx.take(dy) }
    dx.clear()
    guard dy.elementCount > 0 else { return }
    ck_strided_slice_scatter(
      dy.pointer, dx.pointer, dy.shape.array, begin, strides, dx.shape.array, Int32(dx.rank), dx.dtype.byteCount,
      Execution.threads32)
  }
}
