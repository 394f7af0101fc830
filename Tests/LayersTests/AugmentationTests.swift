import Layers
import TensorCore
import Testing

/// What the augmentations of colours and those that mix images draw: ranges, shares, partners.
@Suite struct AugmentationTests {
  private func run(_ layer: any Layer, _ inputs: [Tensor]) throws -> [Tensor] {
    var scope = BuildScope()
    let built = try scope.child("layer", layer, inputs: inputs.map(\.spec))
    var context = CallContext(weights: Weights(keys: [], tensors: []), isTraining: true, random: RandomKey(seed: 5))
    return built.forward(inputs, &context)
  }

  private func run(_ layer: any Layer, _ image: [Float], _ shape: Shape, count: Int = 4000) throws -> Tensor {
    try run(layer, [Tensor(image, shape).tiled([count, 1, 1, 1])])[0]
  }

  private func doubles(_ x: Tensor) -> [Double] { x.cast(to: .float64).scalars(of: Double.self) }

  /// One number per image, at a place of it.
  private func channel(_ images: Tensor, _ index: Int) -> [Double] {
    doubles(images.sliced(axis: 3, index..<(index + 1)).sliced(axis: 1, 0..<1).sliced(axis: 2, 0..<1))
  }

  /// The mean of `count` uniform numbers of a range lies within five standard errors of its middle, and the ends are met.
  private func expectUniform(_ numbers: [Double], _ range: ClosedRange<Double>, _ what: String) {
    let width = range.upperBound - range.lowerBound
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let error = abs(mean - (range.lowerBound + range.upperBound) / 2)
    #expect(error < 5 * width / (12 * Double(numbers.count)).squareRoot(), "\(what): mean \(mean)")
    let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
    #expect(low >= range.lowerBound - 1e-3 && high <= range.upperBound + 1e-3, "\(what): \(low)...\(high)")
    #expect(
      low < range.lowerBound + 0.02 * width && high > range.upperBound - 0.02 * width, "\(what): \(low)...\(high)")
  }

  private func expectShare(_ isSo: [Bool], _ share: Double, _ what: String) {
    let found = Double(isSo.filter(\.self).count) / Double(isSo.count)
    #expect(abs(found - share) < 5 * (share * (1 - share) / Double(isSo.count)).squareRoot(), "\(what): \(found)")
  }

  // MARK: Colours

  @Test func huesTurnBothWays() throws {
    let images = try run(RandomHue([0.2, 0.6], valueRange: [0, 1]), [1, 0, 0], [1, 1, 1, 3])
    let (red, green, blue) = (channel(images, 0), channel(images, 1), channel(images, 2))
    let hues = red.indices.map { index in
      let other = max(green[index], blue[index])
      // Sixths of a turn from red.
      return (other < 1 - 1e-6 ? other : 2 - red[index]) / 6
    }
    expectUniform(hues.map { $0 * 2 }, 0.2...0.6, "hue")
    expectShare(zip(green, blue).map { $0 > $1 }, 0.5, "direction")
  }

  @Test func saturationIsAnOddsRatio() throws {
    let images = try run(RandomSaturation([0.2, 0.8], valueRange: [0, 1]), [1, 0.8, 0.8], [1, 1, 1, 3])
    let ratios = channel(images, 1).map { (1 - $0) / 0.2 }
    expectUniform(ratios.map { $0 / (1 + $0) }, 0.2...0.8, "saturation")
  }

  @Test func degenerationGoesToGrey() throws {
    let images = try run(RandomColorDegeneration([0.2, 0.6], valueRange: [0, 1]), [1, 0, 0], [1, 1, 1, 3])
    expectUniform(channel(images, 1).map { $0 / 0.2989 }, 0.2...0.6, "degeneration")
  }

  @Test func jitterIsThatOfItsParts() throws {
    let layer = RandomColorJitter(valueRange: [0, 1], brightness: [-0.1, 0.3])
    let images = try run(layer, [0.5, 0.5, 0.5], [1, 1, 1, 3])
    expectUniform(channel(images, 0).map { $0 - 0.5 }, -0.1...0.3, "brightness")
  }

  @Test func sharpnessIsUniform() throws {
    var impulse = [Float](repeating: 0, count: 25)
    impulse[12] = 1
    let images = try run(RandomSharpness([0.1, 0.4], valueRange: [0, 1]), impulse, [1, 5, 5, 1])
    let middles = doubles(images.sliced(axis: 1, 2..<3).sliced(axis: 2, 2..<3))
    expectUniform(middles.map { ($0 - 5.0 / 13) / (8.0 / 13) / 2 }, 0.1...0.4, "sharpness")
  }

  @Test func posterizationKeepsEachNumberOfBitsEquallyOften() throws {
    let values = channel(try run(RandomPosterization([2, 5]), [255, 255, 255], [1, 1, 1, 3], count: 3000), 0)
    for level in [192.0, 224, 240] { expectShare(values.map { $0 == level }, 1.0 / 3, "\(level)") }
  }

  @Test func someImagesAreChosen() throws {
    let image: [Float] = [0.9, 0.1, 0.2, 0.8, 0.3, 0.6, 0.4, 0.2, 0.7, 0.5, 0.9, 0.1]
    let cases: [(any Layer, Double)] = [
      (RandomGrayscale(0.3), 0.3), (RandomInvert([0.2, 0.6], valueRange: [0, 1]), 0.4),
      (RandomErasing([0.3, 0.3], scale: [0.9, 1], valueRange: [0, 1]), 0.3),
      (RandomGaussianBlur([0.1, 0.5], kernelSize: 3, sigma: [0.8, 1], valueRange: [0, 1]), 0.3),
      (RandomElasticTransform([0.3, 0.3], scale: [0.5, 1], valueRange: [0, 1]), 0.3),
    ]
    for (layer, share) in cases {
      let images = try run(layer, image, [1, 2, 2, 3], count: 2000)
      let changes = doubles((images - Tensor(image, [1, 2, 2, 3])).abs().max(axes: [1, 2, 3]))
      expectShare(changes.map { $0 > 1e-6 }, share, "\(type(of: layer))")
    }
  }

  @Test func erasedPartsHaveTheirSize() throws {
    let layer = RandomErasing([1, 1], scale: [0.1, 0.4], fillValue: .init(1), valueRange: [0, 1])
    let images = try run(layer, [Float](repeating: 0, count: 1600), [1, 40, 40, 1], count: 500)
    for axis in [1, 2] {
      let sides = doubles(images.max(axes: [axis, 3]).sum(axes: [1])).map { $0 / 40 }
      let mean = sides.reduce(0, +) / 500
      // The mean of the root of a uniform number; half a pixel is lost or won at most.
      let expected = 2.0 / 3 * (0.4 * 0.4.squareRoot() - 0.1 * 0.1.squareRoot()) / 0.3
      #expect(abs(mean - expected) < 0.015, "\(mean), not \(expected)")
      #expect(sides.allSatisfy { $0 > 0.1.squareRoot() - 0.026 && $0 < 0.4.squareRoot() + 0.026 })
    }
  }

  // MARK: Places

  @Test func shearsAreUniformAndGoBothWays() throws {
    let columns = Tensor.range(0..<41).cast(to: .float32).reshaped([1, 1, 41, 1])
    let images = try run(RandomShear(x: [0.1, 0.4]), [columns.broadcast(to: [2000, 41, 41, 1])])[0]
    let pixel = { (row: Int) in
      images.sliced(axis: 1, row..<(row + 1)).sliced(axis: 2, 20..<21)
    }
    let shears = doubles((pixel(25) - pixel(15)) / 10)
    expectUniform(shears.map(abs), 0.1...0.4, "shear")
    expectShare(shears.map { $0 > 0 }, 0.5, "direction")
  }

  // MARK: Mixtures

  /// What of each image is left, and which image the rest comes from, by labels that are one image's each.
  private func mixture(_ layer: any Layer, _ images: Tensor) throws -> (
    images: Tensor, shares: [Double], partners: [Int]
  ) {
    let count = images.shape[0]
    let labels = Tensor.eye(count, columns: count)
    let mixed = try run(layer, [images, labels])
    let others = mixed[1] * (1 - labels)
    // An image that is its own partner stays whole.
    let partners = zip(doubles(others.argMax(axis: -1)), doubles(others.max(axes: [1]))).enumerated()
    return (
      mixed[0], doubles((mixed[1] * labels).sum(axes: [1])),
      partners.map { $0.element.1 > 0 ? Int($0.element.0) : $0.offset }
    )
  }

  @Test(arguments: [0.2, 2.0])
  func mixUpDrawsItsSharesFromABetaDistribution(_ alpha: Double) throws {
    let count = 600
    let images = Tensor.range(0..<count).cast(to: .float32).reshaped([count, 1, 1, 1])
    let (mixed, shares, partners) = try mixture(MixUp(alpha: alpha), images)
    let drawn = shares.indices.filter { partners[$0] != $0 }.map { shares[$0] }
    let mean = drawn.reduce(0, +) / Double(drawn.count)
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(drawn.count)
    let expected = 1 / (4 * (2 * alpha + 1))
    #expect(abs(mean - 0.5) < 5 * (expected / Double(drawn.count)).squareRoot())
    #expect(abs(variance / expected - 1) < 0.3)
    for (index, value) in doubles(mixed).enumerated() {
      let wanted = shares[index] * Double(index) + (1 - shares[index]) * Double(partners[index])
      #expect(partners[index] == index || abs(value - wanted) < 1e-3)
    }
  }

  @Test func cutMixPastesARectangleOfItsShare() throws {
    let (count, side) = (200, 20)
    let images = Tensor.range(0..<count).cast(to: .float32).reshaped([count, 1, 1, 1]).tiled([1, side, side, 1])
    let (mixed, shares, partners) = try mixture(CutMix([1, 1]), images)
    let values = doubles(mixed)
    for index in 0..<count where partners[index] != index {
      let image = Array(values[(index * side * side)..<((index + 1) * side * side)])
      let places = image.indices.filter { image[$0] != Double(index) }
      #expect(places.allSatisfy { image[$0] == Double(partners[index]) })
      let (rows, columns) = (Set(places.map { $0 / side }), Set(places.map { $0 % side }))
      #expect(places.count == rows.count * columns.count)
      // Half a pixel is lost or won at each end.
      let cut = (1 - shares[index]).squareRoot() * Double(side)
      #expect(abs(Double(rows.count) - cut) <= 1.001 && abs(Double(columns.count) - cut) <= 1.001)
    }
    let mean = shares.reduce(0, +) / Double(count)
    #expect(abs(mean - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot() + 0.005)
  }
}
