import Layers
import TensorCore
import Testing

@Suite struct SignalWindowTests {
  /// The first three of five numbers, symmetric and periodic, as `scipy.signal.get_window` has them.
  @Test(arguments: [
    ("boxcar", [1, 1, 1], [1, 1, 1]), ("hann", [0, 0.5, 1], [0, 0.3454915, 0.9045085]),
    ("hamming", [0.08, 0.54, 1], [0.08, 0.3978522, 0.9121478]),
    ("blackman", [0, 0.34, 1], [0, 0.2007701, 0.8492299]),
    ("nuttall", [0.0003628, 0.2269824, 1], [0.0003628, 0.1105153, 0.7982581]),
    ("blackmanharris", [6e-05, 0.21747, 1], [6e-05, 0.1030115, 0.7938335]),
    ("flattop", [-0.0004211, -0.0547368, 1], [-0.0004211, -0.0677143, 0.6068722]),
  ])
  func windowsAreThoseOfSciPy(name: String, symmetric: [Double], periodic: [Double]) throws {
    for (isPeriodic, expected) in [(false, symmetric), (true, periodic)] {
      let config: JSONObject = ["window": .string(name), "periodic": .bool(isPeriodic), "scaling": nil]
      let initializer = Initializer("STFT", config: config)
      // The cosine of frequency 0 is 1 throughout.
      let spec = TensorSpec([5, 1, 1], .float64)
      let found = try initializer.tensor(spec, key: RandomKey(seed: 1), host: PluginHost()).scalars(of: Double.self)
      for (value, wanted) in zip(found, expected) { #expect(abs(value - wanted) < 1e-7, "\(name): \(found)") }
    }
  }

  @Test func aWindowThatIsNotHereIsNamed() throws {
    var layer = STFTSpectrogram(frameLength: 4)
    layer.window = .named("kaiser")
    let model = Sequential([InputLayer(shape: [9, 1]), layer])
    let error = #expect(throws: CoreError.self) { try Model(model) }
    #expect(error?.message.contains("kaiser") == true)
    layer.window = .values([1, 2])
    #expect(throws: CoreError.self) { try Model(Sequential([InputLayer(shape: [9, 1]), layer])) }
  }
}
