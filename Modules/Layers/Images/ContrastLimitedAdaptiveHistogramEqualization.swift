public import TensorCore

/// Spreads the values in every part of an image, within limits: CLAHE (Zuiderveld 1994). In inference and in training.
/// Keras: `ContrastLimitedAdaptiveHistogramEqualization`.
public struct ContrastLimitedAdaptiveHistogramEqualization: Layer {
  public static let kind = "ContrastLimitedAdaptiveHistogramEqualization"
  public static let template = ContrastLimitedAdaptiveHistogramEqualization()

  public var valueRange: ValueRange
  /// How many times its share a value may count; 0: any.
  public var clipLimit: Double
  /// Into how many parts an image is divided.
  public var tileGridSize: Pair
  public var dataFormat: DataFormat? = .channelsLast

  public init(valueRange: ValueRange = .bytes, clipLimit: Double = 4, tileGridSize: Pair = 8) {
    (self.valueRange, self.clipLimit, self.tileGridSize) = (valueRange, clipLimit, tileGridSize)
  }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    _ = try expectImages(inputs, dataFormat)
    try expectWindow(tileGridSize, "tile_grid_size")
    try expect(clipLimit.isFinite, "clip_limit", clipLimit, "a number")
    let layer = self
    return onImages(scope, dataFormat) { images, _ in
      let values = layer.equalized(images.rescaled(from: layer.valueRange, to: .bytes).cast(to: .float32))
      return values.rescaled(from: .bytes, to: layer.valueRange).cast(to: images.dtype)
    }
  }

  private func equalized(_ values: Tensor) -> Tensor {
    let (batch, height, width, channels) = (values.shape[0], values.shape[1], values.shape[2], values.shape[3])
    let grid = tileGridSize
    let tile = Pair((height + grid.height - 1) / grid.height, (width + grid.width - 1) / grid.width)
    let whole = values.mirrored(axis: 1, to: tile.height * grid.height).mirrored(axis: 2, to: tile.width * grid.width)
    let bytes = whole.clamped(0, 255).cast(to: .int64)
    let (rows, columns) = (Self.tiles(tile.height, grid.height), Self.tiles(tile.width, grid.width))
    // Where the table of each pixel's image, part and channel begins, in a row of all tables.
    let ofImage = Tensor.range(0..<batch).reshaped([batch, 1, 1, 1]) * Double(grid.height)
    let ofChannel = Tensor.range(0..<channels).reshaped([1, 1, 1, channels])
    let begin = { (row: [Int], column: [Int]) in
      let rows = Tensor(row.map { Int64($0) }).reshaped([1, row.count, 1, 1])
      let columns = Tensor(column.map { Int64($0) }).reshaped([1, 1, column.count, 1])
      return ((((ofImage + rows) * Double(grid.width)) + columns) * Double(channels) + ofChannel) * 256 + bytes
    }
    let own = begin(
      (0..<(tile.height * grid.height)).map { $0 / tile.height },
      (0..<(tile.width * grid.width)).map { $0 / tile.width })
    let table = tables(of: own, count: batch * grid.height * grid.width * channels, pixels: tile.height * tile.width)
    let value = { (row: [Int], column: [Int]) in table.gathered(begin(row, column)) }
    let right = Tensor(columns.share).reshaped([1, 1, columns.share.count, 1])
    let below = Tensor(rows.share).reshaped([1, rows.share.count, 1, 1])
    let upper = value(rows.first, columns.first) * (1 - right) + value(rows.first, columns.second) * right
    let lower = value(rows.second, columns.first) * (1 - right) + value(rows.second, columns.second) * right
    return (upper * (1 - below) + lower * below).window(top: 0, left: 0, Pair(height, width))
  }

  /// What each of 256 values becomes in each part, all in a row.
  private func tables(of places: Tensor, count: Int, pixels: Int) -> Tensor {
    let counted = places.reshaped([places.elementCount])
    var counts = Tensor.apply(
      ScatterAdd(axis: 0, size: count * 256), counted, Tensor.ones(counted.shape)
    ).reshaped([count, 256])
    if clipLimit > 0 {
      let clipped = counts.clamped(0, clipLimit * Double(pixels) / 256)
      counts = clipped + (counts - clipped).sum(axes: [1], keepDims: true) / 256
    }
    let sums = counts.cumulativeSum(axis: 1)
    let least = sums.min(axes: [1], keepDims: true)
    let rest = Double(pixels) - least
    let divisor = Tensor.select(rest.equal(0), Tensor.ones(like: rest), rest)
    return ((sums - least) * 255 / divisor).clamped(0, 255).reshaped([count * 256])
  }

  /// Between the middles of which two parts each place lies, and how far towards the second.
  private static func tiles(_ size: Int, _ count: Int) -> (first: [Int], second: [Int], share: [Float]) {
    let places = (0..<(size * count)).map { (Float($0) - Float(size) / 2) / Float(size) + 1 }
    let part = { (number: Int) in max(0, min(count - 1, number - 1)) }
    return (
      places.map { part(Int($0.rounded(.down))) }, places.map { part(Int($0.rounded(.down)) + 1) },
      places.map { $0 - $0.rounded(.down) }
    )
  }
}

extension Tensor {
  /// An axis made longer by its own elements, from the last on backwards.
  fileprivate func mirrored(axis: Int, to length: Int) -> Tensor {
    let count = shape[axis]
    guard length > count else { return self }
    let places = (0..<length).map { place in
      let inPeriod = place % (2 * count)
      return Int64(inPeriod < count ? inPeriod : 2 * count - 1 - inPeriod)
    }
    return gathered(Tensor(places), axis: axis)
  }
}
