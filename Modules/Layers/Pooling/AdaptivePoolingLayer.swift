internal import TensorCore

/// What the poolings to a given number of windows have in common. Window i of n over an axis of length m goes from
/// ⌊i·m/n⌋ to before ⌈(i + 1)·m/n⌉.
protocol AdaptivePoolingLayer: Layer {
  var outputNumbers: [Int] { get }
  var dataFormat: DataFormat? { get }
  static var isMaximum: Bool { get }
}

extension AdaptivePoolingLayer {
  func buildAdaptivePooling(inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = outputNumbers.count + 2
    _ = try expectOneInput(inputs, ranks: rank...rank)
    try expectWindow(outputNumbers, "output_size")
    let (numbers, first) = (outputNumbers, dataFormat == .channelsFirst ? 2 : 1)
    return Forward { x, _ in
      numbers.enumerated().reduce(x) { x, number in
        let axis = first + number.offset
        return Self.isMaximum
          ? x.adaptiveMaximum(axis: axis, count: number.element) : x.adaptiveMean(axis: axis, count: number.element)
      }
    }
  }
}

extension Tensor {
  private static func windows(_ length: Int, _ count: Int) -> [Range<Int>] {
    (0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count }
  }

  /// A product with the matrix of means.
  fileprivate func adaptiveMean(axis: Int, count: Int) -> Tensor {
    let length = shape[axis]
    var weights = [Float](repeating: 0, count: count * length)
    for (row, window) in Tensor.windows(length, count).enumerated() {
      for column in window { weights[row * length + column] = 1 / Float(window.count) }
    }
    let matrix = Tensor(weights).reshaped([count, length]).cast(to: dtype)
    let (before, after) = (shape.array[..<axis].reduce(1, *), shape.array[(axis + 1)...].reduce(1, *))
    var sizes = shape.array
    sizes[axis] = count
    return matrix.matmul(reshaped([before, length, after])).reshaped(Shape(sizes))
  }

  /// The elements of each window side by side, the last one again where a window is shorter, and the largest of them.
  fileprivate func adaptiveMaximum(axis: Int, count: Int) -> Tensor {
    let windows = Tensor.windows(shape[axis], count)
    let width = windows.map(\.count).max() ?? 1
    let indices = windows.flatMap { window in
      (0..<width).map { Int64(Swift.min(window.lowerBound + $0, window.upperBound - 1)) }
    }
    var sizes = shape.array
    sizes.replaceSubrange(axis...axis, with: [count, width])
    return gathered(Tensor(indices), axis: axis).reshaped(Shape(sizes)).max(axes: [axis + 1])
  }
}
