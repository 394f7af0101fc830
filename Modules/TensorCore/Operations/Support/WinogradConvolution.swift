internal import CKernels

/// A convolution of 3 x 3 windows by minimal filtering: which tiles, and its weights where they never change.
private struct WinogradConvolution: Sendable {
  private let geometry: ck_conv
  private let pass: ck_winograd_pass
  private let tile: Int
  private let packed: Storage?
  private let threads: Int32

  /// nil where a direct kernel is expected to be faster, or bits close to it are wanted.
  init?(_ geometry: ConvGeometry?, _ pass: ck_winograd_pass, _ request: KernelRequest) {
    guard Execution.allowsWinograd, let geometry,
      (request.inputs + request.outputs).allSatisfy({ $0.dtype == .float32 && $0.elementCount > 0 })
    else { return nil }
    var raw = geometry.raw
    let weights = pass == CK_WINOGRAD_BACKWARD_KERNEL ? nil : request.constants[1]
    tile = ck_winograd_tile(&raw, pass, weights == nil ? 0 : 1)
    guard tile > 0 else { return nil }
    (self.geometry, self.pass, threads) = (raw, pass, Int32(clamping: request.threads))
    guard let weights else {
      packed = nil
      return
    }
    let packed = Storage(byteCount: ck_winograd_weight_count(&raw, pass, tile) * MemoryLayout<Float>.stride)
    ck_winograd_pack_f32(&raw, pass, tile, weights.f32, packed.base.assumingMemoryBound(to: Float.self), threads)
    self.packed = packed
  }

  func run(
    _ arguments: borrowing KernelArguments, biasIndex: Int? = nil, residualIndex: Int? = nil,
    activation: FusableActivation = .linear
  ) {
    var geometry = geometry
    func input(_ index: Int) -> UnsafePointer<Float> { arguments.inputs[index].assumingMemoryBound(to: Float.self) }
    withExtendedLifetime(packed) {
      ck_winograd_f32(
        &geometry, pass, tile, input(0), input(1),
        packed.map { UnsafePointer($0.base.assumingMemoryBound(to: Float.self)) },
        biasIndex.map { input($0) }, residualIndex.map { input($0) }, activation.kernel, Float(activation.alpha),
        arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
    }
  }
}

extension WinogradConvolution {
  /// x and dy to the gradient of the kernel.
  fileprivate func runGradient(_ arguments: borrowing KernelArguments) {
    var geometry = geometry
    ck_winograd_backward_kernel_f32(
      &geometry, tile, arguments.inputs[0].assumingMemoryBound(to: Float.self),
      arguments.inputs[1].assumingMemoryBound(to: Float.self),
      arguments.outputs[0].assumingMemoryBound(to: Float.self), threads)
  }
}

extension Conv {
  /// A kernel by Winograd's minimal filtering, for backends to ask for ahead of their own: float32, 3 x 3 windows, strides,
  /// dilation and groups of 1.
  ///
  /// Source: Lavin, Gray, *Fast algorithms for convolutional neural networks*, 2016; the points are chosen for accuracy
  /// (Docs/Accuracy.md has the errors).
  ///
  /// - Parameter request: the specs, and the weights where they are known.
  /// - Returns: nil where it does not apply, the direct kernels are expected to be faster, or
  ///   `Execution.allowsWinograd` is false.
  public func winogradKernel(_ request: KernelRequest) -> Kernel? {
    let geometry = try? geometry(input: request.inputs[0].shape, kernel: request.inputs[1].shape)
    guard let convolution = WinogradConvolution(geometry, CK_WINOGRAD_FORWARD, request) else { return nil }
    let (biasIndex, residualIndex, activation) = (biasIndex, residualIndex, activation)
    return Kernel(mayOverwriteInput: residualIndex.map { [0: $0] } ?? [:]) { arguments in
      convolution.run(arguments, biasIndex: biasIndex, residualIndex: residualIndex, activation: activation)
    }
  }
}

extension ConvBackwardInput {
  /// A kernel by Winograd's minimal filtering, as `Conv.winogradKernel(_:)`.
  ///
  /// - Parameter request: the specs, and the weights where they are known.
  /// - Returns: nil where it does not apply, the direct kernels are expected to be faster, or
  ///   `Execution.allowsWinograd` is false.
  public func winogradKernel(_ request: KernelRequest) -> Kernel? {
    let geometry = try? geometry(kernel: request.inputs[1].shape)
    guard let convolution = WinogradConvolution(geometry, CK_WINOGRAD_BACKWARD_INPUT, request) else { return nil }
    return Kernel { convolution.run($0) }
  }
}

extension ConvBackwardKernel {
  /// A kernel by Winograd's minimal filtering, as `Conv.winogradKernel(_:)`.
  ///
  /// - Parameter request: the specs.
  /// - Returns: nil where it does not apply, the direct kernels are expected to be faster, or
  ///   `Execution.allowsWinograd` is false.
  public func winogradKernel(_ request: KernelRequest) -> Kernel? {
    let geometry = try? geometry(input: request.inputs[0].shape)
    guard let convolution = WinogradConvolution(geometry, CK_WINOGRAD_BACKWARD_KERNEL, request) else { return nil }
    return Kernel { convolution.runGradient($0) }
  }
}
