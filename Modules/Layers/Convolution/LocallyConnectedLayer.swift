internal import TensorCore

/// What LocallyConnected1D and LocallyConnected2D of Keras 2 have in common: convolutions with a kernel of its own for every
/// place.
protocol LocallyConnectedLayer: Layer {
  var filters: Int { get }
  var kernelNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
  var activation: Activation { get }
  var useBias: Bool { get }
  var kernelInitializer: Initializer { get }
  var biasInitializer: Initializer { get }
  var kernelRegularizer: Regularizer? { get }
  var biasRegularizer: Regularizer? { get }
  var kernelConstraint: Constraint? { get }
  var biasConstraint: Constraint? { get }
  /// In which form Keras keeps the kernel.
  var implementation: Int { get }
}

extension LocallyConnectedLayer {
  func buildLocallyConnected(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = kernelNumbers.count + 2
    let input = try expectOneInput(inputs, ranks: rank...rank)
    try expect(filters > 0, "filters", filters, "a number above 0")
    try expectWindow(kernelNumbers, "kernel_size")
    try expectWindow(strideNumbers, "strides")
    try expectNotCausal(padding)
    try expect((1...3).contains(implementation), "implementation", implementation, "1, 2 or 3")
    try expect(
      implementation != 1 || padding == .valid, "padding", padding.rawValue,
      "valid with implementation \(implementation)")
    let format = dataFormat ?? .channelsLast
    let step = format.toChannelsLast(input).shape.array.dropFirst()
    let places = LocalPlaces(
      sizes: Array(step.dropLast()), window: kernelNumbers, strides: strideNumbers, isSame: padding == .same,
      channels: step.last ?? 1, filters: filters, isFirst: format == .channelsFirst)
    guard places.outputs.allSatisfy({ $0 > 0 }) else {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found an input \(Shape.batchDescription(input.shape)), expected one no smaller than kernel_size")
    }
    let kernel = scope.weight(
      "kernel", try Shape(validating: places.kernelShape(implementation)), kernelInitializer,
      regularizer: kernelRegularizer, constraint: kernelConstraint)
    let bias =
      useBias
      ? scope.weight(
        "bias", Shape(places.outputs + [filters]), biasInitializer, regularizer: biasRegularizer,
        constraint: biasConstraint) : nil
    let activation = try scope.activation(activation)
    let product = places.product(implementation)
    let outputShape = places.outputShape
    return Forward { x, context in
      var y = product(x.reshaped([x.shape[0], x.elementCount / max(x.shape[0], 1)]), context[kernel])
        .reshaped(Shape([x.shape[0]] + outputShape))
      // Keras keeps a bias with the channels last and, where they come first, reads it in another shape.
      if let bias { y = y + context[bias].reshaped(Shape(outputShape)) }
      return activation(y, &context)
    }
  }
}

/// Which inputs which outputs see, with places numbered as they lie in memory.
struct LocalPlaces: Sendable {
  /// Of the input, without channels.
  let sizes: [Int]
  let window: [Int]
  let strides: [Int]
  let isSame: Bool
  let channels: Int
  let filters: Int
  /// Whether the channels come before the places.
  let isFirst: Bool

  var outputs: [Int] {
    sizes.indices.map { axis in
      (sizes[axis] - (isSame ? 1 : window[axis]) + strides[axis]) / strides[axis]
    }
  }

  var outputShape: [Int] { isFirst ? [filters] + outputs : outputs + [filters] }

  private var inputCount: Int { sizes.reduce(1, *) }
  private var outputCount: Int { outputs.reduce(1, *) }

  func kernelShape(_ implementation: Int) -> [Int] {
    switch implementation {
    case 1: return [outputCount, window.reduce(1, *) * channels, filters]
    case 2: return isFirst ? [channels] + sizes + outputShape : sizes + [channels] + outputShape
    default: return [connections.reduce(0) { $0 + $1.count } * channels * filters]
    }
  }

  /// The places that each output sees, in order.
  private var connections: [[Int]] {
    (0..<outputCount).map { output in
      var (rest, places) = (output, [0])
      var position = [Int](repeating: 0, count: sizes.count)
      for axis in sizes.indices.reversed() {
        (rest, position[axis]) = rest.quotientAndRemainder(dividingBy: outputs[axis])
      }
      for axis in sizes.indices {
        let first = position[axis] * strides[axis] - (isSame ? window[axis] / 2 : 0)
        let range = max(0, first)..<min(sizes[axis], first + window[axis])
        places = places.flatMap { place in range.map { place * sizes[axis] + $0 } }
      }
      return places
    }
  }

  private func input(_ place: Int, _ channel: Int) -> Int {
    isFirst ? channel * inputCount + place : place * channels + channel
  }

  private func output(_ place: Int, _ filter: Int) -> Int {
    isFirst ? filter * outputCount + place : place * filters + filter
  }

  /// From flat inputs `[batch, inputs]` and the kernel to flat outputs.
  func product(_ implementation: Int) -> @Sendable (Tensor, Tensor) -> Tensor {
    switch implementation {
    case 1: return byPatches
    case 2: return byMaskedMatrix
    default: return bySparseMatrix
    }
  }

  private var byPatches: @Sendable (Tensor, Tensor) -> Tensor {
    var indices: [Int32] = []
    for places in connections {
      indices +=
        isFirst
        ? (0..<channels).flatMap { channel in places.map { Int32(input($0, channel)) } }
        : places.flatMap { place in (0..<channels).map { Int32(input(place, $0)) } }
    }
    let (count, isFirst) = (outputCount, isFirst)
    let patches = Tensor(indices, [count, indices.count / max(count, 1)])
    return { x, kernel in
      let y = x.gathered(patches, axis: 1).transposed([1, 0, 2]).matmul(kernel)
      let ordered = y.transposed(isFirst ? [1, 2, 0] : [1, 0, 2])
      return ordered.reshaped([ordered.shape[0], ordered.shape[1] * ordered.shape[2]])
    }
  }

  private var byMaskedMatrix: @Sendable (Tensor, Tensor) -> Tensor {
    var flags = [Float](repeating: 0, count: inputCount * outputCount)
    for (output, places) in connections.enumerated() {
      for place in places { flags[place * outputCount + output] = 1 }
    }
    let shape = isFirst ? [1] + sizes + [1] + outputs : sizes + [1] + outputs + [1]
    let mask = Tensor(flags, Shape(shape))
    let matrix: Shape = [inputCount * channels, outputCount * filters]
    return { x, kernel in x.matmul((kernel * mask.cast(to: kernel.dtype)).reshaped(matrix)) }
  }

  /// The kernel is a list, by output and then by input; what it lacks is zero.
  private var bySparseMatrix: @Sendable (Tensor, Tensor) -> Tensor {
    var pairs: [(Int, Int)] = []
    for (place, places) in connections.enumerated() {
      for filter in 0..<filters {
        for channel in 0..<channels { pairs += places.map { (output(place, filter), input($0, channel)) } }
      }
    }
    pairs.sort { $0 < $1 }
    let (rows, columns) = (outputCount * filters, inputCount * channels)
    var indices = [Int32](repeating: Int32(pairs.count), count: rows * columns)
    for (index, pair) in pairs.enumerated() { indices[pair.0 * columns + pair.1] = Int32(index) }
    let table = Tensor(indices, [rows, columns])
    return { x, kernel in
      let values = Tensor.concatenate([kernel, Tensor.zeros([1], dtype: kernel.dtype)], axis: 0)
      return x.matmul(values.gathered(table), transposeOther: true)
    }
  }
}
