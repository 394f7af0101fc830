internal import CKernels

/// The gradient of `SampleImages`: what reached each place goes to the pixels that it was made of.
///
/// Inputs x and y, both `[batch, newHeight, newWidth]`, and dy `[batch, newHeight, newWidth, channels]`; output `[batch,
/// height, width, channels]`. float32 or float64. Only dy has a gradient.
public struct SampleImagesGradient: Operation {
  public static let name = "sample_images_gradient"

  /// What was computed; its fill value has no part in the gradient.
  public var sampling: SampleImages
  public var height: Int
  public var width: Int

  public init(_ sampling: SampleImages, height: Int, width: Int) {
    self.sampling = sampling
    self.height = height
    self.width = width
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    let dy = inputs[2]
    try expectFloating(dy)
    try expectSameDType(inputs)
    try expectImages(dy, at: inputs[0], inputs[1])
    guard dy.shape.array.dropLast() == inputs[0].shape.array[...] else {
      throw mismatch(nil, "found dy \(dy) for places \(inputs[0]), expected the places' shape and channels")
    }
    return [TensorSpec(try Shape(validating: [dy.shape[0], height, width, dy.shape[3]]), dy.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, dy, result) = (inputs[0], inputs[1], inputs[2], outputs[0])
    guard result.elementCount > 0 else { return }
    var raw = sampling.raw(images: result.shape, result: dy.shape)
    if dy.dtype == .float64 {
      ck_sample_gradient_f64(&raw, x.f64, y.f64, dy.f64, result.f64, Execution.threads32)
    } else {
      ck_sample_gradient_f32(&raw, x.f32, y.f32, dy.f32, result.f32, Execution.threads32)
    }
  }
}
