internal import TensorCore

/// A convolution as matrix products over tiles of output pixels: what a tile's pixels see is gathered into a matrix
/// that stays in a core's cache, and multiplied there.
struct ConvTiles<S: BLASScalar>: Sendable {
  let geometry: ConvGeometry

  /// nil where products do not pay: few channels, groups (depthwise above all), or nothing to compute.
  init?(_ geometry: ConvGeometry) {
    guard geometry.groups == 1, geometry.rowCount > 0, geometry.columnCount >= 32, geometry.outputChannels >= 32 else {
      return nil
    }
    self.geometry = geometry
  }

  var rowCount: Int { geometry.rowCount }
  var columnCount: Int { geometry.columnCount }
  var outputChannels: Int { geometry.outputChannels }

  /// Output pixels per tile: the gathered matrix takes at most 256 KiB.
  var tileRows: Int {
    let fitting = (256 << 10) / (columnCount * MemoryLayout<S>.stride)
    return Swift.max(16, Swift.min(fitting / 16 * 16, 1024))
  }

  /// Whether every output pixel sees exactly its own input pixel: then the input is the gathered matrix.
  var isPointwise: Bool {
    let all = geometry.kernelSize + geometry.strides
    return all.allSatisfy { $0 == 1 } && (geometry.paddingBefore + geometry.paddingAfter).allSatisfy { $0 == 0 }
  }

  /// Calls `body` with each of the tiles in `rows` and its gathered matrix, one after the other.
  func forEachTile(
    in rows: Range<Int>, of x: UnsafePointer<S>, _ body: (Range<Int>, UnsafePointer<S>) -> Void
  ) {
    if isPointwise { return body(rows, x + rows.lowerBound * columnCount) }
    withScratch(tileRows * columnCount) { columns in
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
        let tile = start..<Swift.min(start + tileRows, rows.upperBound)
        geometry.gatherColumns(of: x, rows: tile, into: columns)
        body(tile, columns)
      }
    }
  }

  /// Memory from the tensors' pool: it is recycled from call to call.
  func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<S>) -> Void) {
    var scratch = Tensor(uninitialized: TensorSpec([count], S.dtype))
    scratch.withMutableScalars(of: S.self) { body($0.baseAddress!) }
  }
}
