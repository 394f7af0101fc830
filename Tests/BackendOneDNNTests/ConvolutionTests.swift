import BackendOneDNN
import TensorCore
import TestKit
import Testing

/// Convolutions and both gradients, in the cases where libraries differ: odd sizes, rows that no window reaches, channels
/// that are no multiple of a register.
@Suite struct ConvolutionTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let input: Shape
    let kernel: Shape
    let strides: [Int]
    var padding = ConvPadding.valid
    var dilation: [Int]?
    var groups = 1

    var testDescription: String { name }

    func operation(_ activation: FusableActivation = .linear, hasBias: Bool = false, hasResidual: Bool = false) -> Conv
    {
      Conv(
        strides: strides, padding: padding, dilation: dilation, groups: groups, activation: activation,
        hasBias: hasBias, hasResidual: hasResidual)
    }

    var output: Shape {
      get throws { try operation().geometry(input: input, kernel: kernel).outputShape }
    }
  }

  static let cases = [
    Case(name: "3 x 3", input: [2, 9, 11, 33], kernel: [3, 3, 33, 47], strides: [1, 1], padding: .same),
    Case(name: "3 x 3 by 2", input: [2, 9, 12, 40], kernel: [3, 3, 40, 17], strides: [2, 2], padding: .same),
    Case(name: "by 3, rows unused", input: [1, 12, 12, 34], kernel: [2, 2, 34, 32], strides: [3, 3]),
    Case(name: "by 2 of even, rows unused", input: [2, 8, 8, 64], kernel: [1, 1, 64, 32], strides: [2, 2]),
    Case(
      name: "uneven padding", input: [2, 7, 6, 36], kernel: [4, 2, 36, 19], strides: [1, 1],
      padding: .explicit([3, 0], [1, 2])),
    Case(
      name: "dilated", input: [1, 13, 12, 48], kernel: [3, 3, 48, 16], strides: [1, 1], padding: .same,
      dilation: [2, 3]),
    Case(name: "groups", input: [2, 8, 8, 64], kernel: [3, 3, 16, 96], strides: [1, 1], padding: .same, groups: 4),
    Case(
      name: "odd groups", input: [1, 6, 5, 15], kernel: [3, 3, 5, 21], strides: [1, 1], padding: .same, groups: 3),
    Case(
      name: "depthwise", input: [2, 9, 10, 37], kernel: [3, 3, 1, 37], strides: [1, 1], padding: .same, groups: 37),
    Case(
      name: "depthwise by 2", input: [2, 9, 10, 32], kernel: [5, 5, 1, 32], strides: [2, 2], padding: .same, groups: 32),
    Case(
      name: "depthwise, 2 each", input: [1, 7, 7, 16], kernel: [3, 3, 1, 32], strides: [1, 1], padding: .same,
      groups: 16),
    Case(name: "1D", input: [3, 50, 36], kernel: [5, 36, 40], strides: [1], padding: .same),
    Case(
      name: "1D causal", input: [2, 40, 33], kernel: [3, 33, 20], strides: [1], padding: .explicit([4], [0]),
      dilation: [2]),
    Case(name: "3D", input: [1, 5, 6, 7, 34], kernel: [3, 2, 3, 34, 18], strides: [1, 2, 1], padding: .same),
    Case(name: "one pixel", input: [3, 1, 1, 130], kernel: [1, 1, 130, 70], strides: [1, 1]),
    Case(name: "3 channels by 2", input: [2, 21, 22, 3], kernel: [7, 7, 3, 64], strides: [2, 2], padding: .same),
    Case(name: "empty batch", input: [0, 9, 9, 33], kernel: [3, 3, 33, 17], strides: [1, 1], padding: .same),
  ]

  @Test(arguments: cases) func convolutionAndGradientsAgree(_ entry: Case) throws {
    let (x, w) = (Sample.normal(entry.input, 1), Sample.normal(entry.kernel, 2))
    let output = try entry.output
    let (bias, residual, dy) = (Sample.normal([output[-1]], 3), Sample.normal(output, 4), Sample.normal(output, 5))
    let (strides, padding, dilation, groups) = (entry.strides, entry.padding, entry.dilation, entry.groups)
    let corpus = [
      OperationCase("plain", entry.operation(), [x, w]),
      OperationCase("bias, relu", entry.operation(.relu, hasBias: true), [x, w, bias]),
      OperationCase("bias, gelu", entry.operation(.gelu, hasBias: true), [x, w, bias]),
      OperationCase(
        "bias, residual, tanh", entry.operation(.tanh, hasBias: true, hasResidual: true), [x, w, bias, residual]),
      OperationCase(
        "input gradient",
        ConvBackwardInput(
          strides: strides, padding: padding, dilation: dilation, groups: groups, inputShape: entry.input),
        [dy, w]),
      OperationCase(
        "kernel gradient",
        ConvBackwardKernel(
          strides: strides, padding: padding, dilation: dilation, groups: groups, kernelShape: entry.kernel), [x, dy]),
    ]
    for choice in [OneDNNChoice.faster, .everything] {
      try checkBackend(OneDNNBackend(chooses: choice), corpus: corpus)
    }
  }

  @Test(arguments: cases) func constantWeightsArePackedOnce(_ entry: Case) throws {
    let (x, w) = (Sample.normal(entry.input, 1), Sample.normal(entry.kernel, 2))
    let output = try entry.output
    let (bias, residual) = (Sample.normal([output[-1]], 3), Sample.normal(output, 4))
    for activation in [FusableActivation.relu, .relu6, .leakyRelu(slope: 0.3), .sigmoid, .silu, .gelu] {
      let operation = entry.operation(activation, hasBias: true, hasResidual: true)
      let inputs = [x, w, bias, residual]
      let expected = Execution.$backends.withValue([]) { Tensor.apply(operation, inputs)[0] }
      let prepared = try PreparedOperation(
        operation, inputs: inputs.map(\.spec), constants: [1: w, 2: bias], backends: [OneDNNBackend()])
      let difference = (prepared.run(inputs)[0] - expected).abs()
      #expect(difference.scalars(of: Float.self).allSatisfy { $0 < 2e-4 }, "\(activation)")
    }
  }

  @Test func notANumberIsSeenBehindReLU() throws {
    let backend = try OneDNNBackend()
    let x = Sample.normal([1, 6, 6, 32], 1)
    let bad = Tensor.full([3, 3, 32, 32], .nan)
    let y = Execution.$backends.withValue([backend]) { x.conv(bad, padding: .same, activation: .relu) }
    #expect(y.scalars(of: Float.self).allSatisfy { $0.isNaN })
    let prepared = try PreparedOperation(
      Conv(strides: [1, 1], activation: .relu), inputs: [x.spec, bad.spec], constants: [1: bad], backends: [backend])
    #expect(prepared.run([x, bad])[0].scalars(of: Float.self).allSatisfy { $0.isNaN })
  }

  /// Over one axis the library cuts windows where threads begin, and sums in another order.
  @Test(arguments: cases.filter { $0.strides.count > 1 }) func theBitsDoNotDependOnTheNumberOfThreads(_ entry: Case)
    throws
  {
    let backend = try OneDNNBackend()
    let (x, w, dy) = (Sample.normal(entry.input, 1), Sample.normal(entry.kernel, 2), Sample.normal(try entry.output, 5))
    let backward = ConvBackwardInput(
      strides: entry.strides, padding: entry.padding, dilation: entry.dilation, groups: entry.groups,
      inputShape: entry.input)
    let results = [1, 2, 3].map { threads in
      Execution.$threadCount.withValue(threads) {
        Execution.$backends.withValue([backend]) {
          Tensor.apply(entry.operation(), [x, w])[0].scalars(of: Float.self)
            + Tensor.apply(backward, [dy, w])[0].scalars(of: Float.self)
        }
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
