import TensorCore
import Testing

/// A convolution or a pooling, written out as the list of its products.
struct WindowCase: Sendable, CustomTestStringConvertible {
  var input: [Int]
  /// Of a convolution with its channels, of a pooling without.
  var kernel: [Int]
  var strides: [Int]
  var padding = ConvPadding.valid
  var dilation: [Int]?
  var groups = 1

  var testDescription: String { "\(input) \(kernel) by \(strides) \(padding) dilated \(dilation ?? []) / \(groups)" }

  var rank: Int { strides.count }
  var steps: [Int] { dilation ?? strides.map { _ in 1 } }

  /// Output size and padding before each axis, by Keras's formulas.
  var axes: [(output: Int, before: Int)] {
    (0..<rank).map { axis in
      let (n, k, s, d) = (input[axis + 1], kernel[axis], strides[axis], steps[axis])
      switch padding {
      case .valid: return ((n - (k - 1) * d + s - 1) / s, 0)
      case .same:
        let output = (n + s - 1) / s
        return (output, max((output - 1) * s + (k - 1) * d + 1 - n, 0) / 2)
      case .explicit(let before, let after):
        return ((n + before[axis] + after[axis] - (k - 1) * d + s - 1) / s, before[axis])
      }
    }
  }

  /// Calls `body` with (input pixel, kernel place, output pixel), each an index over its spatial axes.
  func forEachPlace(_ body: ([Int], [Int], [Int]) -> Void) {
    let axes = axes
    for output in indices(axes.map(\.output)) {
      for place in indices(Array(kernel.prefix(rank))) {
        let pixel = (0..<rank).map { output[$0] * strides[$0] - axes[$0].before + place[$0] * steps[$0] }
        if zip(pixel, input.dropFirst()).allSatisfy({ $0 >= 0 && $0 < $1 }) { body(pixel, place, output) }
      }
    }
  }

  /// Calls `body` with the positions of x, kernel and y of every product of the convolution.
  func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let (perGroup, filters) = (kernel[rank], kernel[rank + 1])
    let outputs = outputShape.array
    forEachPlace { pixel, place, output in
      for sample in 0..<input[0] {
        for filter in 0..<filters {
          let group = filter / (filters / groups)
          for channel in 0..<perGroup {
            body(
              position([sample] + pixel + [group * perGroup + channel], input),
              position(place + [channel, filter], kernel), position([sample] + output + [filter], outputs))
          }
        }
      }
    }
  }

  var outputShape: Shape {
    Shape([input[0]] + axes.map(\.output) + [kernel.count > rank ? kernel[rank + 1] : input.last!])
  }
}

@Suite struct ConvTests {
  static let cases: [WindowCase] = [
    WindowCase(input: [2, 7, 3], kernel: [3, 3, 4], strides: [1]),
    WindowCase(input: [1, 8, 2], kernel: [3, 2, 5], strides: [2], padding: .same, dilation: [1]),
    WindowCase(input: [2, 9, 2], kernel: [3, 2, 2], strides: [1], padding: .explicit([4], [0]), dilation: [2]),
    WindowCase(input: [2, 8, 8, 1], kernel: [5, 5, 1, 6], strides: [1, 1], padding: .same),
    WindowCase(input: [1, 14, 14, 6], kernel: [5, 5, 6, 16], strides: [1, 1]),
    WindowCase(input: [2, 6, 7, 3], kernel: [3, 2, 3, 17], strides: [2, 1], padding: .same),
    WindowCase(input: [1, 6, 6, 2], kernel: [3, 3, 2, 3], strides: [2, 2], padding: .same),
    WindowCase(input: [1, 9, 8, 2], kernel: [3, 3, 2, 4], strides: [1, 1], dilation: [2, 3]),
    WindowCase(input: [2, 5, 5, 4], kernel: [3, 3, 1, 8], strides: [1, 1], padding: .same, groups: 4),
    WindowCase(input: [1, 5, 6, 6], kernel: [2, 3, 3, 4], strides: [1, 2], groups: 2),
    WindowCase(input: [2, 4, 4, 5], kernel: [1, 1, 5, 7], strides: [1, 1]),
    WindowCase(input: [1, 5, 5, 3], kernel: [2, 2, 3, 2], strides: [3, 3]),
    WindowCase(input: [1, 3, 3, 2], kernel: [5, 5, 2, 3], strides: [1, 1], padding: .same),
    WindowCase(input: [1, 4, 5, 2], kernel: [3, 3, 2, 2], strides: [2, 2], padding: .explicit([0, 2], [3, 1])),
    WindowCase(input: [1, 4, 5, 6, 2], kernel: [2, 3, 2, 2, 3], strides: [1, 2, 1], padding: .same),
    WindowCase(input: [2, 3, 4, 4, 1], kernel: [2, 2, 2, 1, 2], strides: [1, 1, 2]),
  ]

  @Test(arguments: cases, [DType.float32, .float64])
  func forwardMatchesTheSumOfProducts(_ c: WindowCase, _ dtype: DType) {
    let (x, kernel) = (sample(Shape(c.input), seed: 1, dtype), sample(Shape(c.kernel), seed: 2, dtype))
    let bias = sample([c.kernel.last!], seed: 3, dtype)
    let (xs, ks, bs) = (numbers(x), numbers(kernel), numbers(bias))
    var y = [Double](repeating: 0, count: c.outputShape.elementCount)
    c.forEachProduct { y[$2] += xs[$0] * ks[$1] }
    func conv(_ bias: Tensor?, _ activation: FusableActivation) -> Tensor {
      x.conv(
        kernel, bias, strides: c.strides, padding: c.padding, dilation: c.dilation, groups: c.groups,
        activation: activation)
    }
    expectClose(conv(nil, .linear), y, c.outputShape, within: tolerance(dtype))
    let biased = y.enumerated().map { max($1 + bs[$0 % bs.count], 0) }
    expectClose(conv(bias, .relu), biased, c.outputShape, within: tolerance(dtype))
  }

  @Test(arguments: cases, [DType.float32, .float64])
  func gradientsMatchTheSumOfProducts(_ c: WindowCase, _ dtype: DType) {
    let (x, kernel) = (sample(Shape(c.input), seed: 1, dtype), sample(Shape(c.kernel), seed: 2, dtype))
    let dy = sample(c.outputShape, seed: 4, dtype)
    let (xs, ks, dys) = (numbers(x), numbers(kernel), numbers(dy))
    var dx = [Double](repeating: 0, count: xs.count)
    var dKernel = [Double](repeating: 0, count: ks.count)
    c.forEachProduct {
      dx[$0] += dys[$2] * ks[$1]
      dKernel[$1] += dys[$2] * xs[$0]
    }
    let input = ConvBackwardInput(
      strides: c.strides, padding: c.padding, dilation: c.dilation, groups: c.groups, inputShape: x.shape)
    expectClose(Tensor.apply(input, dy, kernel), dx, x.shape, within: tolerance(dtype))
    let filter = ConvBackwardKernel(
      strides: c.strides, padding: c.padding, dilation: c.dilation, groups: c.groups, kernelShape: kernel.shape)
    expectClose(Tensor.apply(filter, x, dy), dKernel, kernel.shape, within: tolerance(dtype) * 4)
  }

  /// Keras's Conv2DTranspose: "valid" makes `(n - 1) * s + max(k, s)` of n, "same" makes `n * s`.
  @Test(arguments: [1, 2, 3], [1, 2, 3, 4, 5])
  func transposedConvolutionsHaveKerasLengths(_ stride: Int, _ k: Int) throws {
    let n = 4
    let lengths: [(ConvPadding, Int)] = [(.valid, (n - 1) * stride + max(k, stride)), (.same, n * stride)]
    for (padding, length) in lengths {
      let transposed = ConvBackwardInput(strides: [stride], padding: padding, inputShape: [1, length, 2])
      #expect(try transposed.infer([TensorSpec([1, n, 3]), TensorSpec([k, 2, 3])]) == [TensorSpec([1, length, 2])])
    }
  }

  @Test func emptyBatchesPass() {
    #expect(sample([0, 5, 5, 1]).conv(sample([3, 3, 1, 2])).shape == [0, 3, 3, 2])
    let kernel = ConvBackwardKernel(strides: [1, 1], kernelShape: [3, 3, 1, 1])
    let zeros = [Double](repeating: 0, count: 9)
    expectClose(
      Tensor.apply(kernel, sample([0, 5, 5, 1]), sample([0, 3, 3, 1])), zeros, [3, 3, 1, 1], within: 0)
  }

  @Test func objectionsTellWhatIsExpected() {
    let conv = Conv(strides: [1, 1])
    #expect(
      objection(conv, TensorSpec([32, 28, 28, 3]), TensorSpec([5, 5, 1, 6]))
        == "conv: found input [32, 28, 28, 3] for a kernel [5, 5, 1, 6] and 1 group, expected 1 channel")
    #expect(
      objection(Conv(strides: [1], groups: 2), TensorSpec([1, 9, 3]), TensorSpec([3, 2, 4]))
        == "conv: found input [1, 9, 3] for a kernel [3, 2, 4] and 2 groups, expected 4 channels")
    #expect(
      objection(conv, TensorSpec([32, 28, 28]), TensorSpec([5, 5, 1, 6]))
        == "conv: found input [32, 28, 28], expected [batch, height, width, channels]")
    #expect(
      objection(conv, TensorSpec([1, 4, 5, 1]), TensorSpec([5, 5, 1, 6]))
        == "conv: found input [1, 4, 5, 1] for windows [5, 5] by strides [1, 1] and padding valid, expected at least "
        + "[5, 5] pixels: the output [0, 1] would be empty")
    #expect(objection(conv, TensorSpec([1, 9, 9, 1]), TensorSpec([3, 1, 6])).contains("expected 2 spatial axes"))
    #expect(
      objection(Conv(strides: [1, 1], groups: 2), TensorSpec([1, 9, 9, 2]), TensorSpec([3, 3, 1, 3]))
        .contains("found 2 groups for a kernel [3, 3, 1, 3], expected a divisor of its 3 filters"))
    #expect(objection(Conv(strides: [0, 1]), TensorSpec([1, 9, 9, 1]), TensorSpec([3, 3, 1, 3])).contains("strides"))
    #expect(
      objection(Conv(strides: [1, 1], dilation: [1]), TensorSpec([1, 9, 9, 1]), TensorSpec([3, 3, 1, 3]))
        .contains("found dilation [1], expected 2 numbers"))
    #expect(
      objection(
        Conv(strides: [1, 1], padding: .explicit([1], [1])), TensorSpec([1, 9, 9, 1]), TensorSpec([3, 3, 1, 3])
      )
      .contains("expected 2 numbers of at least 0 each"))
    #expect(
      objection(
        Conv(strides: [1, 1], hasBias: true), TensorSpec([1, 9, 9, 1]), TensorSpec([3, 3, 1, 3]), TensorSpec([4]))
        == "conv: found bias float32[4], expected shape [3]")
    #expect(
      objection(
        Conv(strides: [1, 1], hasResidual: true), TensorSpec([1, 9, 9, 1]), TensorSpec([3, 3, 1, 3]),
        TensorSpec([1, 9, 9, 3])) == "conv: found residual float32[1, 9, 9, 3], expected shape [1, 7, 7, 3]")
    #expect(objection(conv, TensorSpec([1, 9, 9, 1], .uint8), TensorSpec([3, 3, 1, 3], .uint8)).contains("cast"))
    #expect(
      objection(
        ConvBackwardInput(strides: [1, 1], inputShape: [1, 5, 5, 1]), TensorSpec([1, 4, 3, 2]),
        TensorSpec([3, 3, 1, 2]))
        == "conv_backward_input: found dy float32[1, 4, 3, 2], expected shape [1, 3, 3, 2]")
  }
}
