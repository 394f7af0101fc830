internal import CKernels

/// Images read at places between their pixels, whose centers have whole coordinates.
///
/// Inputs images `[batch, height, width, channels]`, and x (columns) and y (rows), both `[batch, newHeight, newWidth]`, of
/// the images' type; output `[batch, newHeight, newWidth, channels]`. float32 or float64. Only the images have a gradient:
/// places count as given.
public struct SampleImages: Operation {
  public static let name = "sample_images"

  /// Linear between the four pixels around a place; else the nearest pixel, halves away from zero.
  public var isBilinear: Bool
  public var fillMode: ImageFillMode
  /// What lies outside with `.constant`, and at places that are not finite.
  public var fillValue: Double

  public init(isBilinear: Bool = true, fillMode: ImageFillMode = .constant, fillValue: Double = 0) {
    self.isBilinear = isBilinear
    self.fillMode = fillMode
    self.fillValue = fillValue
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 3)
    let images = inputs[0]
    try expectFloating(images)
    try expectSameDType(inputs)
    try expectImages(images, at: inputs[1], inputs[2])
    return [TensorSpec(Shape(inputs[1].shape.array + [images.shape[3]]), images.dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (images, x, y, result) = (inputs[0], inputs[1], inputs[2], outputs[0])
    guard result.elementCount > 0 else { return }
    var raw = raw(images: images.shape, result: result.shape)
    if images.dtype == .float64 {
      ck_sample_f64(&raw, images.f64, x.f64, y.f64, result.f64, Execution.threads32)
    } else {
      ck_sample_f32(&raw, images.f32, x.f32, y.f32, result.f32, Execution.threads32)
    }
  }

  func raw(images: Shape, result: Shape) -> ck_sampling {
    ck_sampling(
      batch: images[0], height: images[1], width: images[2], channels: images[3], out_height: result[1],
      out_width: result[2], fill: fillMode.raw, bilinear: isBilinear ? 1 : 0, fill_value: fillValue)
  }
}

extension Operation {
  func expectImages(_ images: TensorSpec, at x: TensorSpec, _ y: TensorSpec) throws(CoreError) {
    guard images.rank == 4, x.rank == 3, x.shape[0] == images.shape[0], x.shape == y.shape else {
      throw mismatch(
        nil,
        "found images \(images) and places \(x) and \(y), expected [batch, height, width, channels] and twice "
          + "[batch, newHeight, newWidth]")
    }
    guard images.shape.elementCount > 0 || x.shape.elementCount == 0 else {
      throw mismatch(nil, "found images \(images), expected at least one pixel")
    }
  }
}

extension Tensor {
  /// Images `[batch, height, width, channels]` read at places between their pixels: `[batch, newHeight, newWidth,
  /// channels]`.
  ///
  /// - Parameters:
  ///   - x: the columns, `[batch, newHeight, newWidth]`.
  ///   - y: the rows, of the same shape.
  ///   - sampling: how.
  public func sampled(x: Tensor, y: Tensor, _ sampling: SampleImages) -> Tensor { Tensor.apply(sampling, self, x, y) }
}
