import Layers
import TensorCore
import Testing

@Suite struct InitializerFixtureTests {
  /// What a random variable with Keras's distribution must look like in a sample.
  private struct Expectation {
    var bounds: ClosedRange<Double>?
    var mean: Double
    var deviation: Double
  }

  @Test func everyInitializerDrawsFromTheDistributionOfKeras() throws {
    for record in try Fixtures.records("keras3/initializers.json") {
      let object: JSON = ["class_name": record["class_name"] ?? nil, "config": record["config"] ?? nil]
      var initializer = try JSONValueDecoder().decode(Initializer.self, from: object)
      let shape = try Shape(validating: record["shape"]?.arrayValue?.compactMap(\.intValue) ?? [])
      let what = "\(initializer.className) \(initializer.config) \(shape)"
      if let values = record["values"]?.arrayValue?.compactMap(\.doubleValue) {
        // Keras leaves the gain out of this one's config.
        if initializer.className == "Identity" { initializer = .identity(gain: values[0]) }
        let found = try initializer.tensor(TensorSpec(shape), key: RandomKey(seed: 1), host: .shared)
        let expected = Tensor(values.map { Float($0) }, shape)
        #expect(difference(found, expected, what) == nil)
      } else {
        try check(initializer, shape, expectation(record), what)
      }
    }
  }

  @Test func windowsHaveTheNamesOfSciPy() throws {
    let windows: [(String, Bool, [Float])] = [
      ("hann", false, [0, 0.5, 1, 0.5, 0]), ("hann", true, [0, 0.5, 1, 0.5]), ("hamming", false, [0.08, 1, 0.08]),
      ("blackman", false, [0, 1, 0]), ("boxcar", false, [1, 1]), ("nuttall", true, [0.0003628]),
    ]
    for (name, isPeriodic, expected) in windows {
      let config: JSONObject = ["window": .string(name), "periodic": .bool(isPeriodic), "scaling": nil]
      let spec = TensorSpec([expected.count, 1, 2])
      let found = try Initializer("STFT", config: config).tensor(spec, key: RandomKey(seed: 1), host: .shared)
      let wanted = expected.count == 1 ? [1] : expected
      for (index, value) in wanted.enumerated() {
        #expect(abs(found.scalars(of: Float.self)[2 * index] - value) < 1e-6, "\(name) at \(index)")
      }
    }
    let error = #expect(throws: CoreError.self) {
      try Initializer("STFT", config: ["window": "kaiser"]).tensor(
        TensorSpec([3, 1, 2]), key: RandomKey(seed: 1), host: .shared)
    }
    #expect(error?.message.contains("hamming, hann") == true)
  }

  private func expectation(_ record: JSONObject) throws -> Expectation {
    let number = { (key: String) in record[key]?.doubleValue ?? .nan }
    switch try record.string("distribution") {
    case "uniform":
      let (low, high) = (number("minval"), number("maxval"))
      return Expectation(bounds: low...high, mean: (low + high) / 2, deviation: (high - low) / 12.squareRoot())
    case "truncated_normal":
      let (mean, sigma) = (number("mean"), number("stddev"))
      // The deviation of a normal distribution that is cut at two sigma.
      return Expectation(bounds: (mean - 2 * sigma)...(mean + 2 * sigma), mean: mean, deviation: 0.8796256610 * sigma)
    default:
      return Expectation(bounds: nil, mean: number("mean"), deviation: number("stddev"))
    }
  }

  private func check(_ initializer: Initializer, _ shape: Shape, _ expected: Expectation, _ what: String) throws {
    let draws = 20_000 / shape.elementCount + 1
    var values: [Double] = []
    for draw in 0..<draws {
      let key = RandomKey(seed: 11).folding(draw)
      let tensor = try initializer.tensor(TensorSpec(shape), key: key, host: .shared)
      values += tensor.scalars(of: Float.self).map { Double($0) }
    }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    // Five standard errors of a mean; the deviation's error is smaller than twice that of a normal sample.
    #expect(abs(mean - expected.mean) < 5 * expected.deviation / count.squareRoot(), "\(what): mean \(mean)")
    #expect(abs(variance.squareRoot() / expected.deviation - 1) < 0.03, "\(what): deviation \(variance.squareRoot())")
    guard let bounds = expected.bounds, let low = values.min(), let high = values.max() else { return }
    let slack = 1e-6 * (bounds.upperBound - bounds.lowerBound)
    #expect(low >= bounds.lowerBound - slack && high <= bounds.upperBound + slack, "\(what): \(low)...\(high)")
    #expect(high - low > 0.95 * (bounds.upperBound - bounds.lowerBound), "\(what): \(low)...\(high)")
  }
}
