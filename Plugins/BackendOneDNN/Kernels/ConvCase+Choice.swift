internal import TensorCore

// Where the library is the faster one. Measured on shapes of LeNet, VGG16, ResNet-50, MobileNet and 1D networks on two
// cores with AVX-512 (GFLOP/s, ours against the library's): Docs/performance.md has the table.

extension ConvCase {
  /// Few products per element: 1 → 6 channels with 5 × 5 windows 115 to 68, 3 → 64 with 3 × 3 177 to 128. Everything else
  /// is the library's, by up to 5 times (7 × 7 pixels of 512 channels 49 to 255, depthwise 14 to 86).
  var isForwardWorthwhile: Bool { isDepthwise || depth >= 32 }

  /// Few channels: 6 → 16 with 5 × 5 windows 159 to 105, 3 → 64 with 7 × 7 146 to 43; at 32 → 64 still 203 to 171.
  var isBackwardInputWorthwhile: Bool { isDepthwise || geometry.inputChannels / geometry.groups > 32 || isPointwise }

  /// Few products per element, as 1 → 32 channels with 3 × 3 windows: 165 to 133.
  var isBackwardKernelWorthwhile: Bool { isDepthwise || depth >= 16 }

  private var isPointwise: Bool {
    geometry.kernelSize.allSatisfy { $0 == 1 } && geometry.inputChannels / geometry.groups >= 16
  }
}
