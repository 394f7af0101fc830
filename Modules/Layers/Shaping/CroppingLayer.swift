internal import TensorCore

/// What the croppings over 1 to 3 axes have in common.
protocol CroppingLayer: Layer {
  /// How much is cut off before and after each spatial axis.
  var margins: [[Int]] { get }
  var dataFormat: DataFormat? { get }
}

extension CroppingLayer {
  func buildCropping(inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let rank = margins.count + 2
    let input = try expectOneInput(inputs, ranks: rank...rank)
    let isPossible = margins.allSatisfy { $0.allSatisfy { (0...Int(Int32.max)).contains($0) } }
    try expect(isPossible, "cropping", "\(margins)", "numbers of 0 or more")
    let first = dataFormat == .channelsFirst ? 2 : 1
    for (index, margin) in margins.enumerated() where margin[0] + margin[1] >= input.shape[first + index] {
      throw CoreError(
        .shapeMismatch,
        "\(Self.kind): found cropping \(margins) of an input \(Shape.batchDescription(input.shape)), expected less than "
          + "its sizes")
    }
    let margins = margins
    return Forward { x, _ in
      margins.enumerated().reduce(x) { x, margin in
        let axis = first + margin.offset
        return x.sliced(axis: axis, margin.element[0]..<(x.shape[axis] - margin.element[1]))
      }
    }
  }
}
