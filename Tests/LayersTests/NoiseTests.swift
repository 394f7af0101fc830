import Layers
import TensorCore
import Testing

/// How the layers that add noise distribute it, and over what they share it.
@Suite struct NoiseTests {
  private func run(_ layer: any Layer, _ x: Tensor, isTraining: Bool = true) throws -> Tensor {
    let model = try Model(Sequential([InputLayer(shape: x.shape.array.dropFirst().map { $0 }), layer]))
    var context = CallContext(weights: model.weights, isTraining: isTraining, random: RandomKey(seed: 7))
    return model([x], &context)[0]
  }

  private func doubles(_ x: Tensor) -> [Double] { x.cast(to: .float64).scalars(of: Double.self) }

  private func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    return (mean, numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count))
  }

  // MARK: Whole channels

  @Test(arguments: [0.2, 0.5])
  func spatialDropoutDropsChannelsOfSamples(_ rate: Double) throws {
    let cases: [(any Layer, Shape)] = [
      (SpatialDropout1D(rate), [100, 5, 50]), (SpatialDropout2D(rate), [100, 3, 2, 50]),
      (SpatialDropout3D(rate), [100, 2, 3, 2, 50]),
    ]
    for (layer, shape) in cases { try expectChannels(run(layer, Tensor.ones(shape)), rate, channelsFirst: false) }
    var (planes, volumes) = (SpatialDropout2D(rate), SpatialDropout3D(rate))
    (planes.dataFormat, volumes.dataFormat) = (.channelsFirst, .channelsFirst)
    try expectChannels(run(planes, Tensor.ones([100, 50, 3, 2])), rate, channelsFirst: true)
    try expectChannels(run(volumes, Tensor.ones([100, 50, 2, 3, 2])), rate, channelsFirst: true)
    for (layer, shape) in cases {
      #expect(doubles(try run(layer, Tensor.ones(shape), isTraining: false)).allSatisfy { $0 == 1 })
    }
  }

  /// 100 samples of 50 channels, each 0 everywhere or 1 / (1 - rate) everywhere.
  private func expectChannels(_ y: Tensor, _ rate: Double, channelsFirst: Bool) throws {
    let places = y.elementCount / 5000
    let flat = y.reshaped(channelsFirst ? [100, 50, places] : [100, places, 50])
    let axis = channelsFirst ? 2 : 1
    let (low, high) = (doubles(flat.min(axes: [axis])), doubles(flat.max(axes: [axis])))
    #expect(low == high)
    #expect(low.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-5 })
    let share = Double(low.filter { $0 == 0 }.count) / 5000
    #expect(abs(share - rate) < 5 * (rate * (1 - rate) / 5000).squareRoot())
    // Samples drop different channels.
    #expect(Array(low[..<50]) != Array(low[50..<100]))
  }

  // MARK: Every value

  @Test(arguments: [0.1, 0.7])
  func gaussianNoiseHasItsDeviation(_ deviation: Double) throws {
    let noise = moments(doubles(try run(GaussianNoise(deviation), Tensor.full([200, 100], 3)) - 3))
    #expect(abs(noise.mean) < 5 * deviation / 20_000.0.squareRoot())
    #expect(abs(noise.variance / (deviation * deviation) - 1) < 5 * (2 / 20_000.0).squareRoot())
    #expect(doubles(try run(GaussianNoise(deviation), Tensor.ones([2, 3]), isTraining: false)).allSatisfy { $0 == 1 })
  }

  @Test(arguments: [0.1, 0.5])
  func gaussianDropoutKeepsTheMeanAndHasTheVarianceOfDropout(_ rate: Double) throws {
    let factors = moments(doubles(try run(GaussianDropout(rate), Tensor.full([200, 100], 2)) / 2))
    let variance = rate / (1 - rate)
    #expect(abs(factors.mean - 1) < 5 * (variance / 20_000).squareRoot())
    #expect(abs(factors.variance / variance - 1) < 5 * (2 / 20_000.0).squareRoot())
  }

  @Test(arguments: [0.1, 0.4])
  func alphaDropoutKeepsMeanAndVariance(_ rate: Double) throws {
    let x = Tensor.randomNormal([200, 200], key: RandomKey(seed: 3))
    let y = doubles(try run(AlphaDropout(rate), x))
    let found = moments(y)
    #expect(abs(found.mean) < 0.04 && abs(found.variance - 1) < 0.06)
    // What is dropped is one number: a · α' + b of the paper.
    let (dropped, scale) = (-1.7580993408473766, 1.0507009873554805 * 1.6732632423543772)
    let a = 1 / ((1 - rate) * (1 + rate * scale * scale)).squareRoot()
    let value = a * dropped - a * dropped * rate
    let share = Double(y.filter { abs($0 - value) < 1e-5 }.count) / 40_000
    #expect(abs(share - rate) < 5 * (rate * (1 - rate) / 40_000).squareRoot())
    let kept = zip(doubles(x), y).filter { abs($1 - value) >= 1e-5 }
    #expect(kept.allSatisfy { abs($0 * a - a * dropped * rate - $1) < 1e-4 })
  }

  @Test func alphaDropoutSharesOverItsNoiseShape() throws {
    let x = Tensor.ones([40, 30])
    let rows = try run(AlphaDropout(0.5, noiseShape: [nil, 1]), x)
    #expect(doubles(rows.min(axes: [1])) == doubles(rows.max(axes: [1])))
    #expect(Set(doubles(rows)).count == 2)
  }
}
