internal import TensorCore

/// `Conv` forward.
enum ConvKernel {
  static func make(_ operation: Conv, _ request: KernelRequest) throws(CoreError) -> Kernel? {
    guard let type = request.scalarType, !request.isEmpty else { return nil }
    let geometry = try operation.geometry(input: request.inputs[0].shape, kernel: request.inputs[1].shape)
    return kernel(operation, geometry, request.threads, type)
  }

  private static func kernel<S: BLASScalar>(
    _ operation: Conv, _ geometry: ConvGeometry, _ threads: Int, _ type: S.Type
  ) -> Kernel? {
    guard let tiles = ConvTiles<S>(geometry) else { return nil }
    let (n, k) = (tiles.outputChannels, tiles.columnCount)
    return Kernel { arguments in
      let (x, weights) = (arguments.input(0, S.self), arguments.input(1, S.self))
      let bias = operation.hasBias ? arguments.input(2, S.self) : nil
      let y = arguments.output(0, S.self)
      Execution.parallel(count: tiles.rowCount, grain: tiles.tileRows, threads: threads) { rows in
        tiles.forEachTile(in: rows, of: x) { tile, columns in
          let out = y + tile.lowerBound * n
          Gemm<S>(m: tile.count, n: n, k: k).run(columns, weights, out)
          operation.activation.finish(out, bias: bias, rows: tile.count, columns: n, threads: 1)
        }
      }
    }
  }
}
