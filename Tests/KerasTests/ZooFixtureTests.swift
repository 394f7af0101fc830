import Layers
import ModelZoo
import TensorCore
import Testing

/// The zoo's networks, layer for layer those of `keras.applications`.
@Suite struct ZooFixtureTests {
  private static func model(_ name: String) throws -> Model {
    switch name {
    case "resnet50": try ResNet50().model()
    case "resnet50_features": try ResNet50(inputShape: [64, 96, 3], includeTop: false, pooling: .max).model()
    case "vgg16": try VGG16(inputShape: [64, 64, 3], includeTop: false).model()
    case "vgg16_small": try VGG16(inputShape: [32, 32, 3], classes: 7).model()
    case "mobilenet": try MobileNet().model()
    case "mobilenet_quarter":
      try MobileNet(inputShape: [96, 96, 3], alpha: 0.25, includeTop: false, pooling: .average).model()
    default: throw CoreError(.unknownName, "found network \"\(name)\"")
    }
  }

  @Test func everyLayerIsThatOfKeras() throws {
    for record in try Fixtures.records("keras3/zoo.json") {
      let name = try record.string("name")
      let model = try Self.model(name)
      #expect(model.name == record["model"]?.stringValue)
      #expect(model.parameterCount == record["parameters"]?.intValue)
      let expected = record["layers"]?.arrayValue ?? []
      try #require(model.layers.count == expected.count, "\(name)")
      let nodes = (model.root.layer as? Functional)?.nodes ?? []
      for (layer, description) in zip(model.layers, expected) {
        let shape = layer.outputs[0].shape.array.dropFirst().map { JSON.integer($0) }
        let node = nodes.first { $0.name == layer.name }
        let sources = node?.calls.flatMap(\.inputs).map { JSON.string($0.layer) } ?? []
        let found: JSON = [
          .string(layer.name), .string(layer.kind), .array([nil] + shape), .integer(layer.parameterCount),
          .array(sources),
        ]
        #expect(found == description, "\(name)")
      }
    }
  }
}
