internal import COneDNN
internal import TensorCore

// Where the library is the faster one. Measured on shapes of LeNet, VGG16, ResNet-50, MobileNet and 1D networks on two
// cores with AVX-512 (GFLOP/s, ours against the library's): Docs/performance.md has the table. In bfloat16, which ours
// compute in float32, it always is.

extension ConvCase {
  private var channelsPerGroup: Int { geometry.inputChannels / geometry.groups }

  /// One channel: 1 to 6 channels by 5 x 5 windows 101 to 56, 1 to 64 by 16 125 to 49. All else is the library's: 3 to 64
  /// channels by 3 x 3 217 to 339, 7 x 7 pixels of 512 channels 201 to 245, depthwise 22 to 45 and more.
  var isForwardWorthwhile: Bool { isHalf || isDepthwise || channelsPerGroup >= 3 }

  /// Few channels: 3 to 64 by 7 x 7 112 to 38, 6 to 16 by 5 x 5 181 to 110, 32 to 64 by 3 x 3 243 to 214.
  var isBackwardInputWorthwhile: Bool {
    isDepthwise || channelsPerGroup > 32 || (isPointwise && channelsPerGroup >= 16)
  }

  /// Few products per element: 3 to 64 channels by 3 x 3 251 to 191, 1 to 32 240 to 179.
  var isBackwardKernelWorthwhile: Bool { isHalf || isDepthwise || depth >= 32 }

  /// Pointwise gradients in bfloat16 are twice as fast straight into Keras's order (14 x 14 pixels of 256 to 1024 channels:
  /// 443 to 889); all others want the library's, up to seven times.
  var gradientWeights: cdnn_tensor { isHalf && isPointwise && !isDepthwise ? plainWeights : anyWeights }

  /// The tiles of 16 pixels that a bfloat16 product is made of end at the end of an image: 8 x 7 x 7 pixels of 2048 to 512
  /// channels take 0.53 ms, as one image of 56 x 7 pixels 0.34. Larger images do not gain.
  var prefersOneImage: Bool {
    let keepsPixels = geometry.outputSize == geometry.inputSize && geometry.strides.allSatisfy { $0 == 1 }
    return isHalf && isPointwise && keepsPixels && geometry.groups == 1 && geometry.batch > 1
      && geometry.inputSize.reduce(1, *) < 128
  }

  private var isHalf: Bool { type == CDNN_BFLOAT16 }

  private var isPointwise: Bool { geometry.kernelSize.allSatisfy { $0 == 1 } }
}
