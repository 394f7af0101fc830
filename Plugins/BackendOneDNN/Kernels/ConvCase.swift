internal import COneDNN
internal import TensorCore

/// A convolution in the library's terms, and which of its implementations are worth having.
struct ConvCase: Sendable {
  let geometry: ConvGeometry
  /// Of both operands.
  let type: cdnn_type

  var isDepthwise: Bool { geometry.groups > 1 && geometry.groups == geometry.inputChannels }
  private var taps: Int { geometry.kernelSize.reduce(1, *) }
  private var channelsPerGroup: Int { geometry.inputChannels / geometry.groups }

  /// How many products make one element of the output.
  var depth: Int { taps * channelsPerGroup }

  var multiplications: Int { geometry.outputShape.elementCount * depth }

  /// `[batch, spatial..., in]`
  var source: cdnn_tensor {
    cdnn_tensor(channelsLast: type, pixels(geometry.inputSize) + [geometry.inputChannels])
  }

  /// `[batch, spatial..., out]`
  func destination(_ type: cdnn_type) -> cdnn_tensor {
    cdnn_tensor(channelsLast: type, pixels(geometry.outputSize) + [geometry.outputChannels])
  }

  /// Batch and spatial axes. Where pixels do not meet, the images may be one high image.
  private func pixels(_ size: [Int]) -> [Int] {
    prefersOneImage ? [1, geometry.batch * size[0]] + size[1...] : [geometry.batch] + size
  }

  private var weightSizes: [Int] {
    let (groups, outputs) = (geometry.groups, geometry.outputChannels)
    return (groups == 1 ? [outputs] : [groups, outputs / groups]) + [channelsPerGroup] + geometry.kernelSize
  }

  /// The kernel `[spatial..., in / groups, out]` as it lies in memory.
  var plainWeights: cdnn_tensor {
    let (groups, outputs) = (geometry.groups, geometry.outputChannels)
    let tapStrides = cdnn_tensor.denseStrides(geometry.kernelSize).map { $0 * channelsPerGroup * outputs }
    return cdnn_tensor(
      type, weightSizes, strides: (groups == 1 ? [1] : [outputs / groups, 1]) + [outputs] + tapStrides)
  }

  /// The kernel in the layout that the library likes best.
  var anyWeights: cdnn_tensor { cdnn_tensor(anyLayout: type, weightSizes) }

  /// nil where the library would fall back to an implementation that ours beats: the reference, or a matrix of columns.
  ///
  /// - Parameters:
  ///   - direction: forward, or which gradient.
  ///   - weights: the kernel's layout.
  ///   - bias: its element type; nil without one.
  ///   - destination: the output's element type; nil for that of the operands.
  ///   - epilogue: what else happens to the result.
  ///   - threads: how many threads run it.
  func primitive(
    _ direction: cdnn_direction, weights: cdnn_tensor, bias: cdnn_type? = nil, destination: cdnn_type? = nil,
    epilogue: cdnn_epilogue? = nil, threads: Int
  ) -> Primitive? {
    let biasTensor = bias.map { cdnn_tensor(dense: $0, [geometry.outputChannels]) }
    let primitive = withUnsafePointer(to: geometry.windows) { windows in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: weights) { weights in
          withUnsafePointer(to: self.destination(destination ?? type)) { destination in
            withOptionalPointer(to: biasTensor) { bias in
              withOptionalPointer(to: epilogue) {
                Primitive(cdnn_convolution(direction, windows, source, weights, bias, destination, $0, Int32(threads)))
              }
            }
          }
        }
      }
    }
    guard let primitive else { return nil }
    return primitive.isReference || primitive.implementation.contains("gemm:") ? nil : primitive
  }
}

extension ConvGeometry {
  /// Strides, dilation and padding in the library's terms.
  var windows: cdnn_windows {
    func three(_ values: [Int]) -> (Int, Int, Int) {
      let all = values + [0, 0]
      return (all[0], all[1], all[2])
    }
    // The library wants the padding after the end to be what the output reaches, which may be less than zero: rows that
    // no window touches.
    let after = inputSize.indices.map { axis in
      (outputSize[axis] - 1) * strides[axis] + (kernelSize[axis] - 1)
        * dilation[axis] + 1 - inputSize[axis] - paddingBefore[axis]
    }
    return cdnn_windows(
      stride: three(strides), dilation: three(dilation), before: three(paddingBefore),
      after: three(after))
  }
}
