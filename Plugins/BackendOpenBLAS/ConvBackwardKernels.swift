internal import TensorCore

/// `ConvBackwardInput`: each image's gradient is gathered from its own tiles, so images run side by side.
enum ConvBackwardInputKernel {
  static func make(_ operation: ConvBackwardInput, _ request: KernelRequest) throws(CoreError) -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    return kernel(try operation.geometry(kernel: request.inputs[1].shape), request.threads, type)
  }

  private static func kernel<S: BLASScalar>(_ geometry: ConvGeometry, _ threads: Int, _ type: S.Type) -> Kernel? {
    guard let tiles = ConvTiles<S>(geometry) else { return nil }
    let (n, k) = (tiles.outputChannels, tiles.columnCount)
    if tiles.isPointwise {
      let gemm = Gemm<S>(transposeB: true, m: tiles.rowCount, n: k, k: n)
      return Kernel { arguments in
        gemm.run(arguments.input(0, S.self), arguments.input(1, S.self), arguments.output(0, S.self), threads: threads)
      }
    }
    let rowsPerImage = tiles.rowCount / geometry.batch
    let imageCount = geometry.inputShape.elementCount / geometry.batch
    return Kernel { arguments in
      let (dy, weights) = (arguments.input(0, S.self), arguments.input(1, S.self))
      let dx = arguments.output(0, S.self)
      Execution.parallel(count: geometry.batch, threads: threads) { images in
        (dx + images.lowerBound * imageCount).update(repeating: 0, count: images.count * imageCount)
        tiles.withScratch(tiles.tileRows * k) { columns in
          let rows = images.lowerBound * rowsPerImage..<images.upperBound * rowsPerImage
          for start in stride(from: rows.lowerBound, to: rows.upperBound, by: tiles.tileRows) {
            let tile = start..<Swift.min(start + tiles.tileRows, rows.upperBound)
            Gemm<S>(transposeB: true, m: tile.count, n: k, k: n).run(dy + tile.lowerBound * n, weights, columns)
            geometry.scatterColumns(columns, rows: tile, into: dx)
          }
        }
      }
    }
  }
}

/// `ConvBackwardKernel`: sums over all output pixels, in parts whose number depends on the shapes alone and which are
/// added in order, so that the result does not depend on the number of threads.
enum ConvBackwardKernelKernel {
  private static let partCount = 4

  static func make(_ operation: ConvBackwardKernel, _ request: KernelRequest) throws(CoreError) -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    return kernel(try operation.geometry(input: request.inputs[0].shape), request.threads, type)
  }

  private static func kernel<S: BLASScalar>(_ geometry: ConvGeometry, _ threads: Int, _ type: S.Type) -> Kernel? {
    guard let tiles = ConvTiles<S>(geometry) else { return nil }
    let (n, k) = (tiles.outputChannels, tiles.columnCount)
    let tileCount = (tiles.rowCount + tiles.tileRows - 1) / tiles.tileRows
    let parts = Swift.min(partCount, tileCount)
    return Kernel(scratchByteCount: (parts - 1) * k * n * MemoryLayout<S>.stride) { arguments in
      let (x, dy) = (arguments.input(0, S.self), arguments.input(1, S.self))
      let sum = arguments.output(0, S.self)
      let others = arguments.scratch?.assumingMemoryBound(to: S.self)
      Execution.parallel(count: parts, threads: threads) { range in
        for part in range {
          let out = part == 0 ? sum : others! + (part - 1) * k * n
          let first = part * tileCount / parts * tiles.tileRows
          let end = Swift.min((part + 1) * tileCount / parts * tiles.tileRows, tiles.rowCount)
          tiles.forEachTile(in: first..<end, of: x) { tile, columns in
            Gemm<S>(transposeA: true, m: k, n: n, k: tile.count).run(
              columns, dy + tile.lowerBound * n, out, beta: tile.lowerBound == first ? 0 : 1)
          }
        }
      }
      guard parts > 1, let others else { return }
      Execution.parallel(count: k * n, grain: 1 << 14, threads: threads) { range in
        for part in 0..<(parts - 1) {
          for index in range { sum[index] += others[part * k * n + index] }
        }
      }
    }
  }
}
