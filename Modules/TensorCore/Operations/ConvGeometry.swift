internal import CKernels

/// The sizes of a convolution or a pooling over 1 to 3 spatial axes, derived from shapes and attributes.
///
/// All arrays have one number per spatial axis, outermost first.
public struct ConvGeometry: Hashable, Sendable {
  public let batch: Int
  public let inputSize: [Int]
  public let inputChannels: Int
  public let outputSize: [Int]
  public let outputChannels: Int
  public let kernelSize: [Int]
  public let strides: [Int]
  public let dilation: [Int]
  public let paddingBefore: [Int]
  public let paddingAfter: [Int]
  public let groups: Int

  /// The geometry of a convolution of input `[batch, spatial..., in]` with kernel `[spatial..., in / groups, out]`.
  ///
  /// Throws `shapeMismatch` or `invalidArgument`, with `name` in front, where they do not fit.
  public init(
    convolution name: String, input: Shape, kernel: Shape, strides: [Int], padding: ConvPadding, dilation: [Int],
    groups: Int
  ) throws(CoreError) {
    try ConvGeometry.check(name, input: input, strides: strides, dilation: dilation)
    let rank = strides.count
    guard kernel.rank == rank + 2, kernel.elementCount > 0 else {
      throw CoreError(
        .shapeMismatch, "\(name): found kernel \(kernel), expected \(rank) spatial axes, then [in / groups, out]")
    }
    guard groups > 0, kernel[-1] % groups == 0 else {
      throw CoreError(
        .invalidArgument,
        "\(name): found \(groups) groups for a kernel \(kernel), expected a divisor of its \(kernel[-1]) filters")
    }
    guard input[-1] == kernel[-2] * groups else {
      let channels = kernel[-2] * groups
      throw CoreError(
        .shapeMismatch,
        "\(name): found input \(input) for a kernel \(kernel) and \(groups) group\(groups == 1 ? "" : "s"), "
          + "expected \(channels) channel\(channels == 1 ? "" : "s")")
    }
    try self.init(
      name, input: input, kernelSize: kernel[0..<rank].array, outputChannels: kernel[-1], strides: strides,
      padding: padding, dilation: dilation, groups: groups)
  }

  /// The geometry of a pooling of input `[batch, spatial..., channels]`. Throws as the one of a convolution.
  public init(
    pooling name: String, input: Shape, window: [Int], strides: [Int], padding: ConvPadding
  ) throws(CoreError) {
    let ones = [Int](repeating: 1, count: strides.count)
    try ConvGeometry.check(name, input: input, strides: strides, dilation: ones)
    guard window.count == strides.count, window.allSatisfy({ $0 > 0 }) else {
      throw CoreError(
        .invalidArgument, "\(name): found window \(window), expected \(strides.count) numbers of at least 1")
    }
    try self.init(
      name, input: input, kernelSize: window, outputChannels: input[-1], strides: strides, padding: padding,
      dilation: ones, groups: 1)
  }

  private init(
    _ name: String, input: Shape, kernelSize: [Int], outputChannels: Int, strides: [Int], padding: ConvPadding,
    dilation: [Int], groups: Int
  ) throws(CoreError) {
    let inputSize = input[1..<input.rank - 1].array
    let extent = zip(kernelSize, dilation).map { ($0 - 1) * $1 + 1 }
    let (before, after) = try ConvGeometry.padding(padding, name, inputSize, extent, strides)
    let outputSize = inputSize.indices.map { axis in
      let room = inputSize[axis] + before[axis] + after[axis] - extent[axis]
      return room < 0 ? 0 : room / strides[axis] + 1
    }
    guard inputSize.allSatisfy({ $0 > 0 }), outputSize.allSatisfy({ $0 > 0 }) else {
      let least = inputSize.indices.map { padding == .same ? 1 : max(extent[$0] - before[$0] - after[$0], 1) }
      throw CoreError(
        .shapeMismatch,
        "\(name): found input \(input) for windows \(extent) by strides \(strides) and padding \(padding), expected at "
          + "least \(least) pixels: the output \(outputSize) would be empty")
    }
    batch = input[0]
    self.inputSize = inputSize
    inputChannels = input[-1]
    self.outputSize = outputSize
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.strides = strides
    self.dilation = dilation
    paddingBefore = before
    paddingAfter = after
    self.groups = groups
  }

  private static func check(
    _ name: String, input: Shape, strides: [Int], dilation: [Int]
  ) throws(CoreError) {
    guard (1...3).contains(strides.count), strides.allSatisfy({ $0 > 0 }) else {
      throw CoreError(.invalidArgument, "\(name): found strides \(strides), expected 1 to 3 numbers of at least 1")
    }
    guard dilation.count == strides.count, dilation.allSatisfy({ $0 > 0 }) else {
      throw CoreError(
        .invalidArgument, "\(name): found dilation \(dilation), expected \(strides.count) numbers of at least 1")
    }
    guard input.rank == strides.count + 2 else {
      let axes = [
        "[batch, steps, channels]", "[batch, height, width, channels]", "[batch, depth, height, width, channels]",
      ]
      throw CoreError(.shapeMismatch, "\(name): found input \(input), expected \(axes[strides.count - 1])")
    }
  }

  private static func padding(
    _ padding: ConvPadding, _ name: String, _ inputSize: [Int], _ extent: [Int], _ strides: [Int]
  ) throws(CoreError) -> (before: [Int], after: [Int]) {
    switch padding {
    case .valid:
      let zeros = [Int](repeating: 0, count: inputSize.count)
      return (zeros, zeros)
    case .same:
      let totals = inputSize.indices.map { axis in
        let output = (inputSize[axis] + strides[axis] - 1) / strides[axis]
        return max((output - 1) * strides[axis] + extent[axis] - inputSize[axis], 0)
      }
      return (totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
    case .explicit(let before, let after):
      guard before.count == inputSize.count, after.count == inputSize.count, (before + after).allSatisfy({ $0 >= 0 })
      else {
        throw CoreError(
          .invalidArgument,
          "\(name): found padding \(before) before and \(after) after, expected \(inputSize.count) numbers of at "
            + "least 0 each")
      }
      return (before, after)
    }
  }

  /// `[batch, spatial..., in]`
  public var inputShape: Shape { Shape([batch] + inputSize + [inputChannels]) }
  /// `[batch, spatial..., out]`
  public var outputShape: Shape { Shape([batch] + outputSize + [outputChannels]) }
  /// `[spatial..., in / groups, out]`
  public var kernelShape: Shape { Shape(kernelSize + [inputChannels / groups, outputChannels]) }

  /// The form that kernels take: three spatial axes, the missing leading ones of size 1.
  var raw: ck_conv {
    func three(_ values: [Int], _ missing: Int) -> (Int, Int, Int) {
      let all = [Int](repeating: missing, count: 3 - values.count) + values
      return (all[0], all[1], all[2])
    }
    return ck_conv(
      batch: batch, in: three(inputSize, 1), in_channels: inputChannels, out: three(outputSize, 1),
      out_channels: outputChannels, kernel: three(kernelSize, 1), stride: three(strides, 1),
      dilation: three(dilation, 1), padding: three(paddingBefore, 0), groups: groups)
  }
}
