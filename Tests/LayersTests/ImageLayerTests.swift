import Layers
import TensorCore
import Testing

/// What layers on images draw, and what they say to settings and inputs that do not suit them.
@Suite struct ImageLayerTests {
  private func model(_ layer: any Layer, _ shape: [Int?]) throws -> Model {
    try Model(Sequential([InputLayer(shape: shape), layer]))
  }

  private func run(
    _ model: Model, _ x: Tensor, isTraining: Bool = true, key: RandomKey = RandomKey(seed: 1)
  ) -> Tensor {
    var context = CallContext(weights: model.weights, isTraining: isTraining, random: key)
    return model([x], &context)[0]
  }

  private func floats(_ x: Tensor) -> [Float] { x.scalars(of: Float.self) }

  private static let random: [any Layer] = [
    RandomFlip(), RandomRotation(0.3), RandomTranslation(height: 0.3, width: 0.3), RandomZoom(height: 0.5),
    RandomShear(x: 0.5, y: 0.2), RandomPerspective(), RandomContrast(0.6), RandomBrightness(0.3),
    RandomHue(0.5), RandomSaturation(0.7), RandomGrayscale(), RandomInvert(0.5), RandomSharpness(0.6),
    RandomPosterization([2, 6]), RandomElasticTransform(), RandomErasing(), RandomGaussianBlur(),
    RandomColorDegeneration(0.6),
    RandomColorJitter(brightness: 0.2, contrast: 0.3, saturation: 0.3, hue: 0.2), RandAugment(), AugMix(),
  ]

  // MARK: Keys

  @Test(arguments: 0..<random.count)
  func drawsFollowFromTheKeyAloneAndDifferBetweenImages(_ index: Int) throws {
    let layer = Self.random[index]
    let model = try model(layer, [9, 8, 3])
    let image = Tensor.randomUniform([1, 9, 8, 3], low: 50, high: 200, key: RandomKey(seed: 3))
    let x = Tensor.concatenate(Array(repeating: image, count: 8), axis: 0)
    let first = floats(run(model, x))
    #expect(floats(run(model, x)) == first)
    Execution.$threadCount.withValue(3) { #expect(floats(run(model, x)) == first) }
    #expect(floats(run(model, x, key: RandomKey(seed: 2))) != first)
    #expect(floats(run(model, x, isTraining: false)) == floats(x))
    let images = (0..<8).map { Array(first[($0 * 216)..<($0 * 216 + 216)]) }
    #expect(Set(images).count > 1)
  }

  @Test func aSeedMakesOtherDraws() throws {
    let x = Tensor.randomUniform([8, 9, 8, 3], key: RandomKey(seed: 3))
    let outputs = try [nil, 1, 2].map { floats(run(try model(RandomRotation(0.3, seed: $0), [9, 8, 3]), x)) }
    #expect(Set(outputs).count == 3)
  }

  // MARK: Distributions

  /// The mean of `count` uniform numbers of a range lies within five standard errors of its middle, and the ends are met.
  private func expectUniform(_ numbers: [Double], _ range: ClosedRange<Double>) {
    let width = range.upperBound - range.lowerBound
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    #expect(
      abs(mean - (range.lowerBound + range.upperBound) / 2) < 5 * width / (12 * Double(numbers.count)).squareRoot())
    let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
    #expect(low >= range.lowerBound - 1e-4 && high <= range.upperBound + 1e-4)
    #expect(low < range.lowerBound + 0.02 * width && high > range.upperBound - 0.02 * width)
    // Neighbours do not follow each other.
    let products = zip(numbers, numbers.dropFirst()).map { ($0 - mean) * ($1 - mean) }
    let correlation = products.reduce(0, +) / Double(products.count) / (width * width / 12)
    #expect(abs(correlation) < 5 / Double(numbers.count).squareRoot())
  }

  private func doubles(_ x: Tensor) -> [Double] { floats(x).map(Double.init) }

  @Test func halfOfTheImagesAreFlipped() throws {
    let model = try model(RandomFlip(.horizontal), [1, 2, 1])
    let x = Tensor([0, 1] as [Float], [1, 1, 2, 1]).tiled([2000, 1, 1, 1])
    let isFlipped = stride(from: 0, to: 4000, by: 2).map { floats(run(model, x))[$0] == 1 }
    let share = Double(isFlipped.filter { $0 }.count) / 2000
    #expect(abs(share - 0.5) < 5 * (0.25 / 2000).squareRoot())
  }

  @Test func brightnessIsUniform() throws {
    let model = try model(RandomBrightness([-0.1, 0.3], valueRange: [0, 1]), [1, 1, 1])
    let added = run(model, Tensor.full([4000, 1, 1, 1], 0.5)) - 0.5
    expectUniform(doubles(added), -0.1...0.3)
  }

  @Test func contrastIsUniformAboutOne() throws {
    let model = try model(RandomContrast([0.2, 0.6], valueRange: [0, 1]), [1, 2, 1])
    let x = Tensor([0.4, 0.6] as [Float], [1, 1, 2, 1]).tiled([4000, 1, 1, 1])
    let factors = (run(model, x).sliced(axis: 2, 1..<2) - 0.5) / 0.1
    expectUniform(doubles(factors), 0.8...1.6)
    // Keras 3 reads one number as the upper end.
    let upper = try self.model(RandomContrast(0.5, valueRange: [0, 1]), [1, 2, 1])
    expectUniform(doubles((run(upper, x).sliced(axis: 2, 1..<2) - 0.5) / 0.1), 1...1.5)
  }

  /// Columns numbered from 0, far enough on both sides: what a column shows is where it came from.
  private func ramp(_ count: Int) -> Tensor {
    let columns = Tensor.range(0..<41).cast(to: .float32).reshaped([1, 1, 41, 1])
    return columns.broadcast(to: [count, 41, 41, 1])
  }

  private func pixel(_ images: Tensor, _ row: Int, _ column: Int) -> Tensor {
    images.sliced(axis: 1, row..<(row + 1)).sliced(axis: 2, column..<(column + 1))
  }

  @Test func shiftsZoomsAndTurnsAreUniform() throws {
    let shifted = run(try model(RandomTranslation(height: 0, width: [-0.1, 0.3]), [41, 41, 1]), ramp(1000))
    expectUniform(doubles((20 - pixel(shifted, 20, 20)) / 41), -0.1...0.3)
    let zoomed = run(try model(RandomZoom(height: 0, width: [-0.5, 0.4]), [41, 41, 1]), ramp(1000))
    expectUniform(doubles((pixel(zoomed, 20, 30) - 20) / 10 - 1), -0.5...0.4)
    // Ten pixels to the right of the middle, turned: 10 cos; below it, -10 sin.
    let turned = run(try model(RandomRotation([-0.1, 0.2]), [41, 41, 1]), ramp(1000))
    let (x, y) = (doubles(pixel(turned, 20, 30) - 20), doubles(pixel(turned, 30, 20) - 20))
    let turns = zip(x, y).map { Tensor([-$1]).atan2(Tensor([$0])).scalar(of: Double.self) / (2 * .pi) }
    expectUniform(turns, -0.1...0.2)
  }

  @Test func perspectivesComeWithTheirProbability() throws {
    let model = try model(RandomPerspective([0.3, 0.3]), [41, 41, 1])
    let x = ramp(1000)
    let moved = (run(model, x) - x).abs().max(axes: [1, 2, 3])
    let share = Double(floats(moved).filter { $0 > 0 }.count) / 1000
    #expect(abs(share - 0.3) < 5 * (0.21 / 1000).squareRoot())
  }

  @Test func cropsAreAtEveryPlaceEquallyOften() throws {
    let model = try model(RandomCrop(height: 2, width: 3), [4, 5, 1])
    let x = Tensor.range(0..<20).cast(to: .float32).reshaped([1, 4, 5, 1])
    var counts: [Float: Int] = [:]
    for seed in 0..<900 { counts[floats(run(model, x, key: RandomKey(seed: UInt64(seed))))[0], default: 0] += 1 }
    #expect(Set(counts.keys) == [0, 1, 2, 5, 6, 7, 10, 11, 12])
    // Five standard deviations of a count of 900 with probability 1/9.
    #expect(counts.values.allSatisfy { abs($0 - 100) < 48 })
  }

  @Test func aCropInInferenceIsTheMiddleResizedInKeras2() throws {
    let x = Tensor.randomUniform([2, 7, 9, 3], key: RandomKey(seed: 3))
    var resizing = Resizing(height: 4, width: 4)
    resizing.cropToAspectRatio = true
    let expected = floats(run(try model(resizing, [7, 9, 3]), x))
    let layers = Sequential([InputLayer(shape: [7, 9, 3]), RandomCrop(height: 4, width: 4)])
    #expect(floats(run(try Model(layers, kerasMajorVersion: 2), x, isTraining: false)) == expected)
    #expect(floats(run(try Model(layers), x, isTraining: false)) == floats(x))
  }

  /// As Keras 3 does: layers behind a crop take both sizes, or there are no predictions.
  @Test func layersBehindACropSeeWholeImagesInInference() throws {
    let x = Tensor.randomUniform([2, 7, 9, 3], key: RandomKey(seed: 3))
    let input = InputLayer(shape: [7, 9, 3])
    let crop = RandomCrop(height: 4, width: 4)
    let pooled = try Model(Sequential([input, crop, GlobalAveragePooling2D()]))
    #expect(floats(try pooled.predict(x)) == floats(x.mean(axes: [1, 2])))
    let flat = try Model(Sequential([input, crop, Flatten(), Dense(units: 2)]))
    #expect(run(flat, x).shape == [2, 2])
    let error = #expect(throws: CoreError.self) { try flat.predict(x) }
    #expect(error?.code == .shapeMismatch && error?.path.contains("dense") == true)
    #expect(throws: CoreError.self) { try flat.infer([x]) }
  }

  @Test func heightsAndWidthsAreDrawnForWholeBatches() throws {
    let x = Tensor.randomUniform([2, 40, 5, 1], key: RandomKey(seed: 3))
    let model = try model(RandomHeight([-0.5, 0.25]), [40, 5, 1])
    var counts: [Int: Int] = [:]
    for seed in 0..<600 { counts[run(model, x, key: RandomKey(seed: UInt64(seed))).shape[1], default: 0] += 1 }
    #expect(counts.keys.min() == 20 && counts.keys.max() == 49)
    // Five standard deviations of a count of 600 with probability 1/30.
    #expect(counts.values.allSatisfy { abs($0 - 20) < 22 })
    #expect(model.outputSpecs[0].shape[1] != 40, "any height may come out")
    let wide = run(try self.model(RandomWidth([1, 1]), [40, 5, 1]), x)
    #expect(wide.shape == [2, 40, 10, 1])
    #expect(floats(run(model, x, isTraining: false)) == floats(x))
  }

  @Test func layersBehindARandomSizeHaveToTakeAnySize() throws {
    let input = InputLayer(shape: [6, 5, 1])
    let error = #expect(throws: CoreError.self) {
      try Model(Sequential([input, RandomHeight(0.2), Flatten(), Dense(units: 2)]))
    }
    #expect(error?.message.contains("open dimension") == true)
    let single = run(try model(RandomHeight([-1, -1]), [6, 5, 1]), Tensor.zeros([2, 6, 5, 1]))
    #expect(single.shape == [2, 1, 5, 1], "never nothing")
  }

  // MARK: Inputs

  @Test func bytesBecomeFloats() throws {
    let layers: [any Layer] = [Resizing(height: 2, width: 2), CenterCrop(height: 2, width: 2), RandomFlip()]
    for layer in layers {
      var scope = BuildScope()
      let built = try scope.child("layer", layer, inputs: [TensorSpec([1, 4, 4, 3], .uint8)])
      #expect(built.outputs[0].dtype == .float32)
    }
  }

  @Test func halvesStayHalvesAndPlacesArePrecise() throws {
    var scope = BuildScope()
    let built = try scope.child(
      "layer", RandomTranslation(height: 0, width: [0.01, 0.01]), inputs: [TensorSpec([1, 1, 300, 1])],
      dtypePolicy: DTypePolicy(rawValue: "mixed_float16"))
    let x = Tensor.range(0..<300).cast(to: .float32).reshaped([1, 1, 300, 1])
    var context = CallContext(weights: Weights(keys: [], tensors: []), isTraining: true)
    let y = built.forward(x, &context)
    #expect(y.dtype == .float16)
    #expect(floats(y.cast(to: .float32))[200] == 197)
  }

  // MARK: Objections

  private func objection(_ layer: any Layer, _ shape: Shape = [2, 6, 5, 3]) -> String {
    var scope = BuildScope()
    do {
      _ = try scope.child("layer", layer, inputs: [TensorSpec(shape)])
      return "none"
    } catch {
      return error.message
    }
  }

  @Test func settingsThatDoNotSuitAreNamed() {
    #expect(objection(Resizing(height: 0, width: 2)).contains("Resizing: found height (0,)"))
    #expect(objection(CenterCrop(height: 2, width: -1)).contains("found width (-1,)"))
    #expect(objection(RandomCrop(height: -2, width: 1)).contains("found height (-2,)"))
    #expect(objection(RandomHeight([-1.5, 0])).contains("RandomHeight: found factor [-1.5, 0.0]"))
    #expect(objection(RandomWidth([0.2, 0.1])).contains("RandomWidth: found factor [0.2, 0.1]"))
    var resizing = Resizing(height: 2, width: 2)
    resizing.fillMode = .wrap
    #expect(objection(resizing).contains("found fill_mode wrap, expected constant"))
    resizing.fillMode = .constant
    (resizing.cropToAspectRatio, resizing.padToAspectRatio) = (true, true)
    #expect(objection(resizing).contains("crop_to_aspect_ratio"))
    #expect(objection(RandomRotation(1.5)).contains("RandomRotation: found factor 1.5, expected a number or two"))
    #expect(objection(RandomRotation([1.5, 2])).contains("found factor [1.5, 2.0]"))
    #expect(objection(RandomRotation(.init(.nan))).contains("found factor nan"))
    #expect(objection(RandomRotation(0.1, interpolation: .bicubic)).contains("found interpolation bicubic"))
    #expect(objection(RandomTranslation(height: 0, width: 2)).contains("found width_factor 2.0"))
    #expect(objection(RandomZoom(height: [-1, 0])).contains("found height_factor [-1.0, 0.0], expected numbers above"))
    #expect(objection(RandomZoom(height: 0, width: 3)).contains("found width_factor 3.0"))
    #expect(objection(RandomShear(x: 0, y: 1.5)).contains("found y_factor 1.5"))
    #expect(objection(RandomPerspective(scale: 2)).contains("found scale 2.0"))
    #expect(objection(RandomPerspective(-0.5)).contains("found factor -0.5"))
    #expect(objection(RandomContrast(-0.5)).contains("found factor -0.5"))
    #expect(objection(RandomBrightness([-3, -2])).contains("found factor [-3.0, -2.0]"))
    #expect(objection(RandomFlip(), [2, 3]).contains("expected one of images (4 dimensions) or of an image (3)"))
    #expect(objection(RandomFlip(), [2, 3, 4, 5, 6]).contains("RandomFlip: found inputs"))
  }

  @Test(
    arguments: [
      ("RandomRotation", "factor", [0.1, 0.2, 0.3]), ("RandomRotation", "factor", "much"),
      ("RandomRotation", "fill_mode", "mirror"), ("RandomFlip", "mode", "diagonal"),
      ("RandomBrightness", "value_range", [1, 1]), ("RandomBrightness", "value_range", 255),
      ("Resizing", "interpolation", "area"), ("Resizing", "height", "tall"),
    ] as [(String, String, JSON)])
  func aConfigOfAWrongTypeNamesTheKey(_ kind: String, _ key: String, _ value: JSON) {
    var config: JSONObject = ["name": "layer", "factor": 0.1, "height": 2, "width": 2]
    config[key] = value
    let json: JSON = [
      "class_name": "Sequential",
      "config": ["name": "net", "layers": [["class_name": .string(kind), "config": .object(config)]]],
    ]
    let error = #expect(throws: CoreError.self) { try KerasConfig().model(from: json) }
    #expect(error.map { "\($0)".contains(key) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
