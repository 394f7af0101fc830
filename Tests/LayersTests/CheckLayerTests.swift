import Layers
import TensorCore
import TestKit
import Testing

/// Every layer kind with options other than the defaults, through the check that plugin authors use.
@Suite struct CheckLayerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: any Layer
    let inputs: [TensorSpec]

    init(_ name: String, _ layer: any Layer, _ shapes: Shape...) {
      (testDescription, self.layer, inputs) = (name, layer, shapes.map { TensorSpec($0) })
    }
  }

  static let image: Shape = [2, 6, 5, 4]

  static let cases: [Case] = [
    Case("Dense", Dense(units: 3, activation: .tanh), [3, 4]),
    Case("Dense without bias on rank 3", Dense(units: 3, activation: .softmax, useBias: false), [2, 3, 4]),
    Case(
      "Dense with settings of an activation",
      Dense(units: 3, activation: Activation("LeakyReLU", config: ["negative_slope": 0.1])), [3, 4]),
    Case("Conv2D", Conv2D(filters: 3, kernelSize: [3, 2], strides: 2, padding: .same, activation: .softplus), image),
    Case("Conv2D in groups", Conv2D(filters: 6, kernelSize: 2, groups: 2, useBias: false), image),
    Case("Conv2D dilated", Conv2D(filters: 2, kernelSize: 2, dilationRate: [2, 1]), image),
    Case("Conv2D channels first", channelsFirst(Conv2D(filters: 2, kernelSize: 2, activation: .softmax)), image),
    Case("MaxPooling2D", MaxPooling2D(poolSize: [3, 2], strides: 2, padding: .same), image),
    Case("MaxPooling2D channels first", channelsFirst(MaxPooling2D(poolSize: 2)), image),
    Case("AveragePooling2D", AveragePooling2D(poolSize: 3, strides: [1, 2], padding: .same), image),
    Case("AveragePooling2D channels first", channelsFirst(AveragePooling2D(poolSize: 2)), image),
    Case("GlobalAveragePooling2D", GlobalAveragePooling2D(keepdims: true), image),
    Case("GlobalAveragePooling2D channels first", channelsFirst(GlobalAveragePooling2D()), image),
    Case("Flatten", Flatten(dataFormat: .channelsFirst), image),
    Case("Activation", ActivationLayer(.gelu), [3, 4]),
    Case("Activation softmax", ActivationLayer(.softmax), [3, 2, 4]),
    Case("Activation sigmoid", ActivationLayer(.sigmoid), [3, 4]),
    Case("Dropout", Dropout(0.4, noiseShape: [nil, 1, 4], seed: 3), [2, 3, 4]),
    Case("Dropout of everything", Dropout(1), [2, 3]),
    Case("BatchNormalization", BatchNormalization(momentum: 0.8, epsilon: 0.01), [6, 4]),
    Case("BatchNormalization of images", BatchNormalization(axis: 1, center: false), image),
    Case("BatchNormalization without scale", BatchNormalization(axis: 2, scale: false), [3, 4, 5]),
    Case("Add", Add(), [2, 3, 4], [2, 1, 4], [2, 4]),
    Case("Concatenate", Concatenate(axis: 1), [2, 3, 4], [2, 1, 4]),
    Case("Sequential", Sequential([Dense(units: 3), BatchNormalization(), Dense(units: 2)]), [4, 3]),
    Case("Functional", residual, [4, 3]),
  ]

  static func channelsFirst<L: Layer>(_ layer: L) -> any Layer {
    switch layer {
    case var conv as Conv2D:
      conv.dataFormat = .channelsFirst
      return conv
    case var pool as MaxPooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    case var pool as AveragePooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    case var pool as GlobalAveragePooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    default: return layer
    }
  }

  static let residual: any Layer = {
    let x = Symbol.input([3])
    let sum = Add()([x, Dense(units: 3, activation: .tanh)(x)])
    let model = try? Functional(inputs: [x], outputs: [sum, Dense(units: 2)(sum)], name: "residual")
    return model ?? Sequential([])
  }()

  @Test(arguments: cases)
  func everyKindPassesTheCheck(_ layerCase: Case) throws {
    try checkLayer(layerCase.layer, inputs: layerCase.inputs)
  }

  @Test func everyBuiltInKindIsChecked() {
    let checked = Set(Self.cases.map { type(of: $0.layer).kind }).union(["InputLayer"])
    #expect(Set(PluginHost.shared.layers.names).subtracting(["acme>Gate"]) == checked)
  }

  // MARK: What the check finds

  /// Computes something else in every call in inference.
  private struct Forgetful: Layer {
    static let kind = "acme>Forgetful"
    static let template = Forgetful()

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let gain = scope.weight("gain", [1], .ones)
      return Forward { x, context in
        context.update(gain, to: context[gain] + 1)
        return x * context[gain]
      }
    }
  }

  /// Has a key that its config leaves out.
  private struct Secretive: Layer {
    static let kind = "acme>Secretive"
    static let template = Secretive(scale: 1)
    var scale: Double

    private enum CodingKeys: CodingKey {}
    init(scale: Double) { self.scale = scale }
    init(from decoder: any Decoder) { scale = 1 }
    func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: CodingKeys.self) }

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let scale = scale
      return Forward { x, _ in x * scale }
    }
  }

  private func host<L: Layer>(_ type: L.Type) -> PluginHost {
    var host = PluginHost()
    host.register(type)
    return host
  }

  @Test func aLayerThatStoresWeightsInInferenceFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Forgetful(), inputs: [TensorSpec([2, 3])], host: host(Forgetful.self))
    }
    #expect(error?.code == .checkFailed)
    #expect(error?.message.contains("inference stores new values") == true)
    #expect(error?.message.contains("trainable check") == true || error?.message.contains("gain") == true)
  }

  @Test func aLayerThatHidesASettingFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Secretive(scale: 3), inputs: [TensorSpec([2, 3])], host: host(Secretive.self))
    }
    #expect(error?.message.contains("computes something else") == true)
  }

  @Test func aLayerThatNobodyKnowsFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Forgetful(), inputs: [TensorSpec([2, 3])], host: PluginHost())
    }
    #expect(error?.message.contains("acme>Forgetful") == true)
  }
}
