import BackendOneDNN
import TensorCore
import TestKit
import Testing

/// Products of bfloat16 operands: sums in float32, one rounding at the end. On CPUs without such instructions the
/// portable rules are what is tested.
@Suite struct BFloat16Tests {
  /// One rounding to 8 bits, and another way to sum.
  static let tolerance = Tolerance(absolute: 2e-2, relative: 1e-2)

  static func half(_ shape: Shape, _ stream: UInt64) -> Tensor { Sample.normal(shape, stream).cast(to: .bfloat16) }

  static func check(_ cases: [(String, any Operation, [Tensor])]) throws {
    let backend = try OneDNNBackend()
    let corpus = cases.map { OperationCase($0.0, $0.1, $0.2, tolerance: tolerance) }
    let report = try checkBackend(backend, corpus: corpus)
    if backend.hasBFloat16 { #expect(report.accelerated.count >= cases.count - 1, "\(report.accelerated)") }
  }

  @Test(arguments: ConvolutionTests.cases.filter { $0.input[0] > 0 })
  func convolutionsAndGradientsAgree(_ entry: ConvolutionTests.Case) throws {
    let (x, w) = (Self.half(entry.input, 1), Self.half(entry.kernel, 2))
    let output = try entry.output
    let (bias, residual, dy) = (Sample.normal([output[-1]], 3), Self.half(output, 4), Self.half(output, 5))
    let (strides, padding, dilation, groups) = (entry.strides, entry.padding, entry.dilation, entry.groups)
    let corpus: [(String, any Operation, [Tensor])] = [
      ("plain", entry.operation(), [x, w]),
      ("float32 bias, tanh", entry.operation(.tanh, hasBias: true), [x, w, bias]),
      ("bias, relu", entry.operation(.relu, hasBias: true), [x, w, bias.cast(to: .bfloat16)]),
      ("residual, gelu", entry.operation(.gelu, hasBias: true, hasResidual: true), [x, w, bias, residual]),
      (
        "input gradient",
        ConvBackwardInput(
          strides: strides, padding: padding, dilation: dilation, groups: groups, inputShape: entry.input), [dy, w]
      ),
      (
        "kernel gradient",
        ConvBackwardKernel(
          strides: strides, padding: padding, dilation: dilation, groups: groups, kernelShape: entry.kernel), [x, dy]
      ),
    ]
    let report = try checkBackend(
      OneDNNBackend(), corpus: corpus.map { OperationCase($0.0, $0.1, $0.2, tolerance: Self.tolerance) })
    #expect(report.caseCount >= corpus.count)
  }

  @Test func productsAgree() throws {
    let (a, b, bias) = (Self.half([65, 100], 1), Self.half([100, 47], 2), Sample.normal([47], 3))
    let residual = Self.half([65, 47], 4)
    try Self.check([
      ("matmul", MatMul(), [a, b]),
      ("matmul, left transposed", MatMul(transposeA: true), [a.transposed(), b]),
      ("matmul, right transposed", MatMul(transposeB: true), [a, b.transposed()]),
      ("linear", Linear(hasBias: false), [a, b]),
      ("linear, relu", Linear(activation: .relu, hasBias: true), [a, b, bias]),
      ("linear, elu", Linear(activation: .elu(alpha: 1), hasBias: true, hasResidual: true), [a, b, bias, residual]),
    ])
  }

  /// Large images, small ones that are laid side by side, and pointwise ones of many small images.
  @Test(arguments: [([2, 9, 9, 32], 3), ([3, 7, 7, 32], 3), ([2, 5, 8, 33], 3), ([5, 7, 7, 32], 1)])
  func constantWeightsArePackedOnce(input: [Int], window: Int) throws {
    let (x, w) = (Self.half(Shape(input), 1), Self.half([window, window, input[3], 48], 2))
    let bias = Sample.normal([48], 3)
    for activation in [FusableActivation.relu, .sigmoid, .gelu] {
      let operation = Conv(strides: [1, 1], padding: .same, activation: activation, hasBias: true)
      let prepared = try PreparedOperation(
        operation, inputs: [x.spec, w.spec, bias.spec], constants: [1: w, 2: bias], backends: [OneDNNBackend()])
      let expected = Execution.$backends.withValue([]) { Tensor.apply(operation, [x, w, bias])[0] }
      let (found, wanted) = (prepared.run([x, w, bias])[0].cast(to: .float32), expected.cast(to: .float32))
      let isNear = zip(found.scalars(of: Float.self), wanted.scalars(of: Float.self)).allSatisfy {
        Self.tolerance.accepts(Double($0), Double($1))
      }
      #expect(isNear, "\(activation)")
    }
  }
}
