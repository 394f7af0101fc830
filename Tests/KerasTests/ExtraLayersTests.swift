import Data
import ExtraLayers
import IO_HDF5
import Layers
import TensorCore
import TestKit
import Testing

/// The layers of the plugin ExtraLayers, against those of `Docs/extra_layers.py`.
@Suite struct ExtraLayersTests {
  private static func host() throws -> PluginHost {
    var host = PluginHost()
    try host.install(ExtraLayersPlugin.self)
    return host
  }

  @Test func everyConfigurationIsThatOfKeras() throws {
    let records = try Fixtures.records("keras3/extra.json")
    for record in records {
      let layerCase = try LayerCase(record, host: Self.host())
      for finding in try layerCase.findings() { Issue.record("\(layerCase.name): \(finding)") }
    }
    #expect(records.count >= 13)
  }

  private static let layers: [(any Layer, Shape)] = [
    (LocalResponseNormalization(depthRadius: 2, bias: 2, alpha: 0.5, beta: 0.75), [2, 3, 6]),
    (LocalResponseNormalization(depthRadius: 1, bias: 0.7, alpha: 0.3, beta: 0.4), [2, 2, 2, 5]),
    (LocalResponseNormalization(depthRadius: 7), [2, 3]), (InstanceNormalization(epsilon: 0.01), [2, 3, 4, 2]),
    (InstanceNormalization(axis: 1, scale: false), [2, 3, 4]),
  ]

  @Test(arguments: layers.indices) func everyLayerPassesTheCheck(_ index: Int) throws {
    let (layer, shape) = Self.layers[index]
    try checkLayer(layer, inputs: [TensorSpec(shape)], host: Self.host())
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func message(_ layer: any Layer, _ shape: Shape) -> String {
      var scope = BuildScope()
      do throws(CoreError) {
        _ = try scope.child("layer", layer, inputs: [TensorSpec(shape)])
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message(LocalResponseNormalization(depthRadius: -1), [2, 3]).contains("depth_radius -1"))
    #expect(message(LocalResponseNormalization(bias: 0), [2, 3]).contains("bias 0"))
    #expect(message(InstanceNormalization(), [2, 3]).contains("expected 3 or more"))
    #expect(message(InstanceNormalization(axis: 3), [2, 3, 4]).contains("axis 3"))
  }

  @Test func aFileOfKerasIsRead() throws {
    let model = try KerasFile(from: Fixtures.archive("keras3/extra/model.h5"), host: Self.host()).model
    let arrays = try Fixtures.arrays("keras3/extra/model.npz")
    #expect(try difference(model.predict(arrays.array("x")), arrays.array("predictions"), "predictions") == nil)
    let error = #expect(throws: CoreError.self) {
      try KerasFile(from: Fixtures.archive("keras3/extra/model.h5"), host: PluginHost())
    }
    #expect(error?.message.contains("Apus>LocalResponseNormalization") == true)
  }

  @Test(arguments: [RealKeras(majorVersion: 3), RealKeras(majorVersion: 2)])
  func kerasReadsOurFiles(keras: RealKeras) throws {
    let host = try Self.host()
    let layers = Sequential([
      InputLayer(shape: [5, 6, 3]), Conv2D(filters: 8, kernelSize: 2),
      LocalResponseNormalization(depthRadius: 2, beta: 0.75),
      InstanceNormalization(axis: 3), Flatten(), Dense(units: 3),
    ])
    let model = try Model(layers, start: .seed(3), host: host)
    let folder = try TemporaryFolder()
    let (file, output) = (folder.path("extra.h5"), folder.path("p.npy"))
    try KerasFile(model: model).write(
      to: file, dialect: #require(KerasDialect(rawValue: keras.majorVersion)), host: host)
    var context = CallContext(weights: model.weights)
    let x = Tensor.randomNormal([4, 5, 6, 3], key: context.random.split())
    _ = try keras.run([["predict", file, "--x", folder.save(x, "x.npy"), "--out", output]], in: folder.url)
    #expect(try difference(model.predict(x), NPY.read(output), "predictions") == nil)
  }
}
