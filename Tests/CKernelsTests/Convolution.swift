import CKernels

/// Convolution by its definition, in double precision: what the kernels are held against.
struct Convolution: CustomStringConvertible, Sendable {
  var batch = 1
  var input: [Int]
  var channels: Int
  var filters: Int
  var kernel: [Int]
  var stride: [Int]
  var dilation: [Int]
  var same: Bool
  var groups: Int

  /// Axes missing in front are of size 1, strides and dilations missing are 1.
  init(
    _ input: [Int], channels: Int, filters: Int, kernel: [Int], stride: [Int] = [], dilation: [Int] = [],
    same: Bool = false, groups: Int = 1, batch: Int = 1
  ) {
    func three(_ sizes: [Int]) -> [Int] { [Int](repeating: 1, count: 3 - sizes.count) + sizes }
    self.batch = batch
    self.input = three(input)
    self.channels = channels
    self.filters = filters
    self.kernel = three(kernel)
    self.stride = three(stride)
    self.dilation = three(dilation)
    self.same = same
    self.groups = groups
  }

  var description: String {
    "\(batch)x\(input)x\(channels) by \(kernel)x\(filters), stride \(stride), dilation \(dilation), "
      + "\(same ? "same" : "valid"), \(groups) groups"
  }

  private func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilation[axis] + 1 }

  var output: [Int] {
    (0..<3).map { axis in
      same
        ? (input[axis] + stride[axis] - 1) / stride[axis] : (input[axis] - extent(axis)) / stride[axis] + 1
    }
  }

  var padding: [Int] {
    (0..<3).map { axis in
      same ? max(0, (output[axis] - 1) * stride[axis] + extent(axis) - input[axis]) / 2 : 0
    }
  }

  var inputCount: Int { batch * input.reduce(1, *) * channels }
  var outputCount: Int { batch * output.reduce(1, *) * filters }
  var kernelCount: Int { kernel.reduce(1, *) * channels / groups * filters }
  var patchLength: Int { kernel.reduce(1, *) * channels / groups }
  var pixels: Int { batch * output.reduce(1, *) }

  /// The same geometry as the kernels take it.
  var geometry: ck_conv {
    let output = output
    let padding = padding
    return ck_conv(
      batch: batch, in: (input[0], input[1], input[2]), in_channels: channels,
      out: (output[0], output[1], output[2]), out_channels: filters, kernel: (kernel[0], kernel[1], kernel[2]),
      stride: (stride[0], stride[1], stride[2]), dilation: (dilation[0], dilation[1], dilation[2]),
      padding: (padding[0], padding[1], padding[2]), groups: groups)
  }

  /// Calls with every (output pixel, tap, input pixel) that meet inside the input.
  func eachTap(_ body: (_ outputPixel: Int, _ tap: Int, _ inputPixel: Int) -> Void) {
    let (output, padding) = (output, padding)
    for pixel in 0..<pixels {
      let position = [
        pixel / (output[2] * output[1]) % output[0], pixel / output[2] % output[1], pixel % output[2],
      ]
      let image = pixel / output.reduce(1, *)
      for tap in 0..<kernel.reduce(1, *) {
        let offset = [tap / (kernel[2] * kernel[1]), tap / kernel[2] % kernel[1], tap % kernel[2]]
        let source = (0..<3).map { position[$0] * stride[$0] + offset[$0] * dilation[$0] - padding[$0] }
        guard (0..<3).allSatisfy({ source[$0] >= 0 && source[$0] < input[$0] }) else { continue }
        body(pixel, tap, ((image * input[0] + source[0]) * input[1] + source[1]) * input[2] + source[2])
      }
    }
  }

  /// Calls with the offsets in (input, kernel, output) of every product that the convolution sums.
  private func eachProduct(_ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void) {
    let (groupChannels, groupFilters) = (channels / groups, filters / groups)
    eachTap { pixel, tap, source in
      for filter in 0..<filters {
        let first = source * channels + filter / groupFilters * groupChannels
        for channel in 0..<groupChannels {
          body(first + channel, (tap * groupChannels + channel) * filters + filter, pixel * filters + filter)
        }
      }
    }
  }

  func forward(_ x: [Double], _ weights: [Double], bias: [Double]) -> [Double] {
    var y = (0..<outputCount).map { bias[$0 % filters] }
    eachProduct { y[$2] += x[$0] * weights[$1] }
    return y
  }

  func inputGradient(_ dy: [Double], _ weights: [Double]) -> [Double] {
    var dx = [Double](repeating: 0, count: inputCount)
    eachProduct { dx[$0] += dy[$2] * weights[$1] }
    return dx
  }

  func kernelGradient(_ x: [Double], _ dy: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: kernelCount)
    eachProduct { gradient[$1] += x[$0] * dy[$2] }
    return gradient
  }
}

extension Convolution {
  /// Odd sizes, strides, dilations, groups and ranks; channels that fill vectors, overflow them and leave them empty.
  static let corpus: [Convolution] = [
    Convolution([7, 9], channels: 1, filters: 6, kernel: [5, 5], same: true, batch: 3),
    Convolution([5, 37], channels: 1, filters: 8, kernel: [3, 3], same: true),
    Convolution([4, 34], channels: 1, filters: 4, kernel: [2, 3], stride: [2, 1], batch: 2),
    Convolution([6, 70], channels: 1, filters: 2, kernel: [3, 3], dilation: [1, 2]),
    Convolution([14, 14], channels: 6, filters: 16, kernel: [5, 5], batch: 2),
    Convolution([9, 8], channels: 1, filters: 33, kernel: [3, 3], batch: 2),
    Convolution([9, 8], channels: 1, filters: 16, kernel: [3, 3], same: true),
    Convolution([10, 7], channels: 33, filters: 40, kernel: [3, 3], same: true),
    Convolution([11, 13], channels: 3, filters: 16, kernel: [7, 7], stride: [2, 2], same: true, batch: 2),
    Convolution([13, 11], channels: 16, filters: 33, kernel: [3, 3], stride: [2, 2]),
    Convolution([13, 12], channels: 6, filters: 3, kernel: [2, 4], stride: [3, 2], same: true),
    Convolution([10, 10], channels: 3, filters: 1, kernel: [3, 3], stride: [1, 3]),
    Convolution([9, 9], channels: 6, filters: 16, kernel: [3, 3], dilation: [2, 2], same: true),
    Convolution([12, 10], channels: 16, filters: 6, kernel: [3, 2], dilation: [1, 3]),
    Convolution([12, 10], channels: 4, filters: 6, kernel: [3, 3], stride: [2, 2], dilation: [2, 2], same: true),
    Convolution([5, 7], channels: 33, filters: 16, kernel: [1, 1], batch: 2),
    Convolution([5, 7], channels: 6, filters: 33, kernel: [1, 1], stride: [2, 2]),
    Convolution([3, 2], channels: 3, filters: 6, kernel: [5, 5], same: true),
    Convolution([1, 1], channels: 6, filters: 16, kernel: [3, 3], same: true, batch: 5),
    Convolution([9, 9], channels: 6, filters: 9, kernel: [3, 3], same: true, groups: 3),
    Convolution([8, 7], channels: 32, filters: 64, kernel: [3, 3], stride: [2, 1], dilation: [1, 1], groups: 2),
    Convolution([9, 10], channels: 33, filters: 33, kernel: [3, 3], same: true, groups: 33, batch: 2),
    Convolution([9, 10], channels: 16, filters: 16, kernel: [3, 3], stride: [2, 2], groups: 16),
    Convolution([7, 7], channels: 3, filters: 6, kernel: [3, 3], dilation: [2, 2], same: true, groups: 3),
    Convolution([65], channels: 6, filters: 16, kernel: [16], same: true, batch: 2),
    Convolution([40], channels: 33, filters: 6, kernel: [5], stride: [3]),
    Convolution([31], channels: 16, filters: 16, kernel: [3], dilation: [4], same: true),
    Convolution([1500], channels: 1, filters: 3, kernel: [3], same: true),
    Convolution([5, 6, 7], channels: 3, filters: 6, kernel: [3, 3, 3], same: true, batch: 2),
    Convolution([6, 5, 5], channels: 6, filters: 16, kernel: [2, 3, 2], stride: [2, 1, 2]),
    Convolution([6, 7, 5], channels: 1, filters: 16, kernel: [2, 2, 2], dilation: [2, 1, 2], same: true),
    Convolution([3, 3], channels: 200, filters: 40, kernel: [3, 3], same: true),
  ]
}
