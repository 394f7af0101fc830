internal import TensorCore

// Pointwise convolutions where the library was measured to be faster than the portable kernels (Docs/performance.md): few
// pixels, for which those pack the weights again, and the gradient of the kernel. 3 x 3 windows go through minimal
// filtering where that is faster; everything else is left to them.

/// The most pixels of a product with the weights.
private let mostPixels = 256

enum ConvKernel {
  static func make(_ operation: Conv, _ request: KernelRequest) throws -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    if let kernel = operation.winogradKernel(request) { return kernel }
    let geometry = try operation.geometry(input: request.inputs[0].shape, kernel: request.inputs[1].shape)
    return kernel(operation, geometry, request, type)
  }

  private static func kernel<S: BLASScalar>(
    _ operation: Conv, _ geometry: ConvGeometry, _ request: KernelRequest, _ type: S.Type
  ) -> Kernel? {
    guard let product = PointwiseConvolution(geometry, type) else { return nil }
    let gemm = Gemm<S>(m: product.pixelCount, n: product.outputChannels, k: product.inputChannels)
    let packed = gemm.packed(request.constants[1], threads: request.threads)
    guard packed != nil || product.pixelCount <= mostPixels else { return nil }
    let (threads, activation) = (request.threads, operation.activation)
    let (biasIndex, residualIndex) = (operation.biasIndex, operation.residualIndex)
    let unread: Set<Int> = packed == nil ? [] : [1]
    let scratch = product.gatheredCount * MemoryLayout<S>.stride
    return Kernel(scratchByteCount: scratch, unreadInputs: unread) { arguments in
      let y = arguments.output(0, S.self)
      let x = product.gathered(arguments.input(0, S.self), arguments.scratch(S.self), threads: threads)
      if let packed {
        packed.multiply(x, rows: gemm.m, into: y, threads: threads)
      } else {
        gemm.run(x, arguments.input(1, S.self), y, threads: threads)
      }
      let bias = biasIndex.map { arguments.input($0, S.self) }
      let residual = residualIndex.map { arguments.input($0, S.self) }
      activation.finish(y, bias: bias, residual: residual, rows: gemm.m, columns: gemm.n, threads: threads)
    }
  }
}

enum ConvBackwardInputKernel {
  static func make(_ operation: ConvBackwardInput, _ request: KernelRequest) throws -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    if let kernel = operation.winogradKernel(request) { return kernel }
    return kernel(try operation.geometry(kernel: request.inputs[1].shape), request.threads, type)
  }

  private static func kernel<S: BLASScalar>(_ geometry: ConvGeometry, _ threads: Int, _ type: S.Type) -> Kernel? {
    guard let product = PointwiseConvolution(geometry, type), product.pixelCount <= mostPixels else { return nil }
    let gemm = Gemm<S>(transposeB: true, m: product.pixelCount, n: product.inputChannels, k: product.outputChannels)
    return Kernel(scratchByteCount: product.gatheredCount * MemoryLayout<S>.stride) { arguments in
      let (dx, scratch) = (arguments.output(0, S.self), arguments.scratch(S.self))
      gemm.run(arguments.input(0, S.self), arguments.input(1, S.self), scratch ?? dx, threads: threads)
      if let scratch { product.scatter(scratch, to: dx, threads: threads) }
    }
  }
}

enum ConvBackwardKernelKernel {
  static func make(_ operation: ConvBackwardKernel, _ request: KernelRequest) throws -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    if let kernel = operation.winogradKernel(request) { return kernel }
    return kernel(try operation.geometry(input: request.inputs[0].shape), request.threads, type)
  }

  private static func kernel<S: BLASScalar>(_ geometry: ConvGeometry, _ threads: Int, _ type: S.Type) -> Kernel? {
    guard let product = PointwiseConvolution(geometry, type) else { return nil }
    let pixels = product.pixelCount
    let gemm = Gemm<S>(transposeA: true, m: product.inputChannels, n: product.outputChannels, k: pixels)
    // A small result over many pixels is cut along the pixels: cut by its own sides, the pieces would be thin.
    let pieces = gemm.m * gemm.n <= 1 << 17 ? Swift.min(16, pixels / 1024) : 0
    let partialCount = pieces > 1 ? pieces * gemm.m * gemm.n : 0
    return Kernel(scratchByteCount: (product.gatheredCount + partialCount) * MemoryLayout<S>.stride) { arguments in
      let (dy, dKernel, scratch) = (arguments.input(1, S.self), arguments.output(0, S.self), arguments.scratch(S.self))
      let x = product.gathered(arguments.input(0, S.self), scratch, threads: threads)
      guard pieces > 1, let partial = scratch.map({ $0 + product.gatheredCount }) else {
        return gemm.run(x, dy, dKernel, threads: threads)
      }
      gemm.sum(x, dy, dKernel, partial: partial, pieces: pieces, threads: threads)
    }
  }
}

extension Gemm {
  /// The product of a transposed A and B, `k` cut into `pieces` whose products are added in order.
  fileprivate func sum(
    _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ c: UnsafeMutablePointer<S>, partial: UnsafeMutablePointer<S>,
    pieces: Int, threads: Int
  ) {
    let count = m * n
    Execution.parallel(count: pieces, threads: threads) { range in
      for piece in range {
        let steps = k * piece / pieces..<k * (piece + 1) / pieces
        Gemm(transposeA: true, m: m, n: n, k: steps.count).run(
          a + steps.lowerBound * m, b + steps.lowerBound * n, partial + piece * count)
      }
    }
    Execution.parallel(count: count, grain: 4096, threads: threads) { range in
      for index in range { c[index] = partial[index] }
      for piece in 1..<pieces {
        let values = partial + piece * count
        for index in range { c[index] += values[index] }
      }
    }
  }
}
