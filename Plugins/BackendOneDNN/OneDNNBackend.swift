internal import COneDNN
public import TensorCore

/// Kernels of oneDNN: products, convolutions and their gradients, with weights in the layouts that the CPU likes best;
/// average pooling, layer normalization and the gradient of softmax.
///
/// Threads are those of the OpenMP runtime that the library is built on.
public struct OneDNNBackend: Backend {
  public let name = "onednn"
  public let kernels: KernelTable

  /// Loads the library. Throws `backendUnavailable` where this machine has none of the version that the program was
  /// built for.
  ///
  /// - Parameter choice: which of the cases that the library can compute are its own.
  public init(chooses choice: OneDNNChoice = .faster) throws(CoreError) {
    guard cdnn_load() != 0 else {
      throw CoreError(
        .backendUnavailable,
        "found no oneDNN (\(String(cString: cdnn_error()))), expected libdnnl.so.\(cdnn_expected_major_version()); "
          + "Debian's and Ubuntu's package libdnnl-dev brings it")
    }
    var kernels = KernelTable()
    kernels.registerCached(MatMul.self) { MatMulKernel.make($0, $1, choice) }
    kernels.registerCached(Linear.self) { LinearKernel.make($0, $1, choice) }
    kernels.registerCached(Conv.self) { ConvKernel.make($0, $1, choice) }
    kernels.registerCached(ConvBackwardInput.self) { ConvBackwardInputKernel.make($0, $1, choice) }
    kernels.registerCached(ConvBackwardKernel.self) { ConvBackwardKernelKernel.make($0, $1, choice) }
    kernels.registerCached(Pool.self) { AveragePoolKernel.make($0, $1, choice) }
    kernels.registerCached(SoftmaxGradient.self) { SoftmaxGradientKernel.make($0, $1, choice) }
    kernels.registerCached(LayerNorm.self) { LayerNormKernel.make($0, $1, choice) }
    kernels.registerCached(LayerNormGradient.self) { LayerNormGradientKernel.make($0, $1, choice) }
    self.kernels = kernels
  }

  /// The version of the library that was loaded: `"2.6.3"`.
  public var libraryVersion: String { String(cString: cdnn_version()) }

  /// Whether the CPU multiplies in bfloat16.
  public var hasBFloat16: Bool { cdnn_has_bfloat16() != 0 }
}

/// Installs the backend, ahead of OpenBLAS: `try PluginHost.install(OneDNNPlugin.self)`.
///
/// Apus's own kernels run on the library's OpenMP team from then on, so that one set of threads serves both.
public enum OneDNNPlugin: Plugin {
  public static let name = "onednn"

  public static func install(into host: inout PluginHost) throws(CoreError) {
    host.register(try OneDNNBackend(), priority: 20)
    if cdnn_has_team() != 0 { Execution.useTeam { cdnn_run_on_team($0, $1, $2) } }
  }
}
