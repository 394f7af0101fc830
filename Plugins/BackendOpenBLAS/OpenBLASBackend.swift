internal import COpenBLAS
public import TensorCore

/// Matrix products on OpenBLAS, split over Apus's own threads.
///
/// Convolutions with windows are left to the portable kernels: they compute on register tiles straight from the image and
/// were measured to be faster than gathering columns for the library, or adding up a product per position of the window
/// (Docs/performance.md).
public struct OpenBLASBackend: Backend {
  public let name = "openblas"
  public let kernels: KernelTable

  /// Loads the library. Throws `backendUnavailable` where this machine has none.
  public init() throws(CoreError) {
    guard copenblas_load() != 0 else {
      throw CoreError(
        .backendUnavailable,
        "found no OpenBLAS (\(String(cString: copenblas_error()))), expected libopenblas.so.0; Debian's package "
          + "libopenblas0-pthread has it")
    }
    var kernels = KernelTable()
    kernels.register(MatMul.self, MatMulKernel.make)
    kernels.register(Linear.self, LinearKernel.make)
    kernels.register(Conv.self, ConvKernel.make)
    kernels.register(ConvBackwardInput.self, ConvBackwardInputKernel.make)
    kernels.register(ConvBackwardKernel.self, ConvBackwardKernelKernel.make)
    self.kernels = kernels
  }

  /// The kernels that the library runs: `"SkylakeX"`.
  public var coreName: String { String(cString: copenblas_core_name()) }

  /// Version and build of the library.
  public var libraryVersion: String { String(cString: copenblas_config()) }
}

/// Installs the backend: `try PluginHost.install(OpenBLASPlugin.self)`.
public enum OpenBLASPlugin: Plugin {
  public static let name = "openblas"

  public static func install(into host: inout PluginHost) throws(CoreError) {
    host.register(try OpenBLASBackend(), priority: 10)
  }
}
