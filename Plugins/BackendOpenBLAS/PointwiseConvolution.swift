internal import Glibc
internal import TensorCore

/// A convolution whose window is one position: a matrix product over the pixels, `[pixels, in]` times `[in, out]`.
///
/// With strides only some pixels of the input take part; they are gathered into a matrix first.
struct PointwiseConvolution<S: BLASScalar>: Sendable {
  let pixelCount: Int
  let inputChannels: Int
  let outputChannels: Int
  let isStrided: Bool
  private let geometry: ConvGeometry

  /// nil where the geometry is not of this kind.
  init?(_ geometry: ConvGeometry, _ type: S.Type) {
    guard geometry.groups == 1, geometry.kernelSize.allSatisfy({ $0 == 1 }),
      geometry.paddingBefore.allSatisfy({ $0 == 0 }),
      zip(zip(geometry.outputSize, geometry.strides), geometry.inputSize).allSatisfy({ ($0.0 - 1) * $0.1 < $1 })
    else { return nil }
    self.geometry = geometry
    pixelCount = geometry.batch * geometry.outputSize.reduce(1, *)
    (inputChannels, outputChannels) = (geometry.inputChannels, geometry.outputChannels)
    isStrided = geometry.inputSize != geometry.outputSize
  }

  /// Elements of the matrix of gathered pixels; 0 where the input is that matrix.
  var gatheredCount: Int { isStrided ? pixelCount * inputChannels : 0 }

  /// The pixels that take part, `[pixels, in]`: x itself, or `scratch` filled from it.
  func gathered(_ x: UnsafePointer<S>, _ scratch: UnsafeMutablePointer<S>?, threads: Int) -> UnsafePointer<S> {
    guard isStrided, let scratch else { return x }
    eachLine(threads: threads) { pixels, source, step in
      for index in 0..<pixels.count {
        memcpy(
          scratch + (pixels.lowerBound + index) * inputChannels, x + source + index * step,
          inputChannels * MemoryLayout<S>.stride)
      }
    }
    return UnsafePointer(scratch)
  }

  /// The adjoint of `gathered`: dx with the pixels of `matrix` in their places, and zeros elsewhere.
  func scatter(_ matrix: UnsafePointer<S>, to dx: UnsafeMutablePointer<S>, threads: Int) {
    let total = geometry.inputShape.elementCount
    Execution.parallel(count: total, grain: 1 << 16, threads: threads) { range in
      memset(dx + range.lowerBound, 0, range.count * MemoryLayout<S>.stride)
    }
    eachLine(threads: threads) { pixels, target, step in
      for index in 0..<pixels.count {
        memcpy(
          dx + target + index * step, matrix + (pixels.lowerBound + index) * inputChannels,
          inputChannels * MemoryLayout<S>.stride)
      }
    }
  }

  /// Calls `body` for every line along the last axis with its pixels, the input element that its first one lies at, and
  /// how far apart they are.
  private func eachLine(threads: Int, _ body: (Range<Int>, Int, Int) -> Void) {
    let width = geometry.outputSize.last ?? 1
    let step = (geometry.strides.last ?? 1) * inputChannels
    Execution.parallel(
      count: pixelCount / Swift.max(width, 1), grain: 1 + 16384 / (width * inputChannels + 1), threads: threads
    ) { lines in
      for line in lines { body(line * width..<(line + 1) * width, inputOffset(ofLine: line), step) }
    }
  }

  private func inputOffset(ofLine line: Int) -> Int {
    var (rest, offset, distance) = (line, 0, inputChannels * (geometry.inputSize.last ?? 1))
    for axis in geometry.outputSize.indices.dropLast().reversed() {
      offset += rest % geometry.outputSize[axis] * geometry.strides[axis] * distance
      rest /= geometry.outputSize[axis]
      distance *= geometry.inputSize[axis]
    }
    return offset + rest * distance
  }
}
