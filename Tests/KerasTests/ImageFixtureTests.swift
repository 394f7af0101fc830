import Layers
import TensorCore
import TestKit
import Testing

/// What layers on images do with what they draw, as Keras does it with draws that it is given.
@Suite struct ImageFixtureTests {
  private static let records = Result { try Fixtures.records("keras3/images.json") }

  private static func records(_ isLayer: Bool) throws -> [JSONObject] {
    try records.get().filter { ($0["class_name"] != nil) == isLayer }
  }

  private func model(_ record: JSONObject, _ input: Tensor) throws -> Model {
    let shape: [JSON] = [nil] + input.shape.array.dropFirst().map { .integer($0) }
    let json: JSON = [
      "class_name": "Sequential",
      "config": [
        "name": "case",
        "layers": [
          ["class_name": "InputLayer", "config": ["name": "x", "batch_shape": .array(shape), "dtype": "float32"]],
          ["class_name": record["class_name"] ?? nil, "config": record["config"] ?? nil],
        ],
      ],
    ]
    return try Model(#require(try KerasConfig().model(from: json) as? Sequential))
  }

  /// Each image of a batch becomes one of what Keras makes of it, every one of them comes up, and images are drawn for one
  /// by one.
  @Test func everyImageIsOneOfThoseOfKeras() throws {
    for record in try Self.records(true) {
      let name = try record.string("name")
      let arrays = try Fixtures.arrays("keras3/" + record.string("file"))
      let alternatives = arrays.numbered("alternative")
      let input = try arrays.array("input")
      let model = try model(record, input)
      var patterns: Set<[Int?]> = []
      for seed in 0..<60 {
        var context = CallContext(weights: model.weights, isTraining: true, random: RandomKey(seed: UInt64(seed)))
        let output = model([input], &context)[0]
        patterns.insert(
          (0..<input.shape[0]).map { image in
            alternatives.firstIndex {
              difference(output.row(image), $0.row(image), "image", .keras) == nil
            }
          })
      }
      let drawn = Set(patterns.flatMap { $0 })
      #expect(drawn == Set(alternatives.indices.map { Optional($0) }), "\(name)")
      // RandomCrop draws once for all.
      let isMixed = patterns.contains { Set($0).count > 1 }
      #expect(isMixed == (record["class_name"] != "RandomCrop"), "\(name)")
    }
  }

  @Test func everyTransformationIsThatOfKeras() throws {
    let records = try Self.records(false)
    #expect(records.count == 12)
    for record in records {
      let arrays = try Fixtures.arrays("keras3/" + record.string("file"))
      let images = try arrays.array("input")
      let map: ProjectiveMap
      if let matrix = arrays["matrix"] {
        let entries = matrix.split(count: 8, axis: 1).map { $0.reshaped([images.shape[0], 1, 1]) }
        map = ProjectiveMap(a: Array(entries[0..<3]), b: Array(entries[3..<6]), c: Array(entries[6...]))
      } else {
        map = ProjectiveMap(
          cornerShifts: try arrays.array("shifts"), height: images.shape[1], width: images.shape[2])
      }
      let fillMode = try #require(ImageFillMode(rawValue: record.string("fill_mode")))
      let sampling = SampleImages(
        isBilinear: record["interpolation"] == "bilinear", fillMode: fillMode, fillValue: 0.25)
      let name = try record.string("name")
      // Places are a few units of roundoff apart where TensorFlow solves for the map; they are up to 7 pixels.
      let tolerance = arrays["matrix"] == nil ? Tolerance(absolute: 2e-5, relative: 1e-4) : .keras
      if let finding = difference(
        images.transformed(by: map, sampling), try arrays.array("output"), name, tolerance)
      {
        Issue.record("\(finding)")
      }
    }
  }
}
