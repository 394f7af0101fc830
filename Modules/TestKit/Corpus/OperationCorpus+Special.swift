internal import TensorCore

extension OperationCorpus {
  /// Products and convolutions of NaN, infinities, denormal and huge numbers, in sizes that libraries take: where one of
  /// them goes in, the same must come out as by the portable rules. Values only; nothing is differentiated.
  public static let special: [OperationCase] = specialValues.flatMap { products($0) + convolutions($0) }

  private static let specialValues: [Float] = [
    .nan, .infinity, -.infinity, Float(sign: .plus, exponent: -133, significand: 1.1),
    Float(sign: .minus, exponent: -128, significand: 1.3), 1e30,
  ]

  /// A sample with one value in some places.
  private static func sample(_ shape: Shape, _ value: Float, _ seed: UInt64) -> Tensor {
    var scalars = Sample.any(shape, seed).scalars(of: Float.self)
    for index in Swift.stride(from: scalars.count / 3, to: scalars.count, by: scalars.count / 2) {
      scalars[index] = value
    }
    return Tensor(scalars, shape)
  }

  private static func entry(_ name: String, _ operation: any Operation, _ inputs: [Tensor]) -> OperationCase {
    OperationCase(name, operation, inputs, derivatives: 0, tolerance: Tolerance(absolute: 1e-3, relative: 1e-4))
  }

  private static func products(_ value: Float) -> [OperationCase] {
    let (x, w, bias) = (sample([37, 65], value, 1), Sample.any([65, 50], 2), Sample.any([50], 3))
    let activations: [FusableActivation] = [.linear, .relu, .relu6, .leakyRelu(slope: 0.2), .tanh, .sigmoid]
    return [entry("matmul of \(value)", MatMul(), [x, w])]
      + activations.map { activation in
        entry("linear of \(value), \(activation)", Linear(activation: activation, hasBias: true), [x, w, bias])
      }
  }

  private static func convolutions(_ value: Float) -> [OperationCase] {
    let (x, w, bias) = (sample([2, 9, 10, 36], value, 1), Sample.any([3, 3, 36, 34], 2), Sample.any([34], 3))
    let dy = sample([2, 9, 10, 34], value, 4)
    let activations: [FusableActivation] = [.linear, .relu, .leakyRelu(slope: 0.2), .tanh]
    return activations.map { activation in
      entry(
        "conv of \(value), \(activation)",
        Conv(strides: [1, 1], padding: .same, activation: activation, hasBias: true), [x, w, bias])
    } + [
      entry(
        "input gradient of conv of \(value)",
        ConvBackwardInput(strides: [1, 1], padding: .same, inputShape: x.shape), [dy, w]),
      entry(
        "kernel gradient of conv of \(value)",
        ConvBackwardKernel(strides: [1, 1], padding: .same, kernelShape: w.shape), [x, Sample.any(dy.shape, 5)]),
    ]
  }
}
