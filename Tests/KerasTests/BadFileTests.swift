import Layers
import TensorCore
import Testing

/// Files that are no models, or broken ones: each an error that says what, where and what was expected; never a trap.
@Suite struct BadFileTests {
  private static func dense(_ name: String, units: JSON = 3) -> JSON {
    ["class_name": "Dense", "config": ["name": .string(name), "units": units]]
  }

  private static func input(_ shape: JSON = [nil, 4]) -> JSON {
    ["class_name": "InputLayer", "config": ["name": "x", "batch_shape": shape]]
  }

  private static func sequential(_ layers: [JSON]) -> JSON {
    ["class_name": "Sequential", "config": ["name": "model", "layers": .array(layers)]]
  }

  private static func node(_ layer: JSON, _ inputs: [JSON]) -> JSON {
    var entry = layer.objectValue ?? [:]
    entry["name"] = layer["config"]?["name"]
    let tensors: [JSON] = inputs.map { ["class_name": "__keras_tensor__", "config": ["keras_history": $0]] }
    entry["inbound_nodes"] = inputs.isEmpty ? [] : [["args": .array(tensors), "kwargs": [:]]]
    return .object(entry)
  }

  private static func functional(_ layers: [JSON], output: JSON = ["b", 0, 0]) -> JSON {
    [
      "class_name": "Functional",
      "config": [
        "name": "model", "layers": .array(layers), "input_layers": [["x", 0, 0]], "output_layers": .array([output]),
      ],
    ]
  }

  private static func archive(_ config: String?) throws -> InMemoryArchive {
    var archive = InMemoryArchive(name: "bad.h5")
    try archive.setAttribute("keras_version", at: "", .string("3.15.1"))
    if let config { try archive.setAttribute("model_config", at: "", .string(config)) }
    return archive
  }

  private func failure(_ archive: InMemoryArchive) -> CoreError? {
    #expect(throws: CoreError.self) { try KerasFile(from: archive) }
  }

  private func failure(_ config: JSON) throws -> CoreError? { failure(try Self.archive(config.serialized())) }

  // MARK: No model

  @Test func aFileWithoutAModelIsRefused() throws {
    let error = failure(try Self.archive(nil))
    #expect(error?.code == .invalidFile)
    #expect(error?.path == ["bad.h5"])
    #expect(error?.message.contains("model_config") == true)
  }

  @Test(arguments: ["", "{", "{\"class_name\": \"Sequential\", \"config\": {", "\u{0}", "[1,2", "nul"])
  func malformedJSONIsRefused(_ text: String) throws {
    let error = failure(try Self.archive(text))
    #expect(error?.code == .invalidJSON)
    #expect(error?.path.first == "bad.h5")
  }

  @Test(arguments: ["null", "3", "\"text\"", "[]", "{}", "{\"config\": 3}", "{\"config\": {\"layers\": 3}}"])
  func jsonThatIsNoModelIsRefused(_ text: String) throws {
    let error = failure(try Self.archive(text))
    #expect(error?.code == .invalidConfig)
    #expect(error?.path.first == "bad.h5")
  }

  // MARK: Layers

  @Test func unknownKindsAreNamedAllAtOnce() throws {
    let inner = Self.sequential([["class_name": "Pondering", "config": ["name": "l"]]])
    let layers: [JSON] = [
      Self.input(), ["class_name": "Frobnicate", "config": ["name": "f"]], inner,
      ["class_name": "Gate", "registered_name": "acme>Unknown", "config": ["name": "g"]],
    ]
    let error = try failure(Self.sequential(layers))
    #expect(error?.code == .unknownLayerKind)
    for name in ["\"Frobnicate\"", "\"Pondering\"", "\"acme>Unknown\"", "BatchNormalization", "register"] {
      #expect(error?.message.contains(name) == true)
    }
  }

  @Test(arguments: [
    ("units", JSON.string("many")), ("units", JSON.number(1.5)), ("units", JSON.null), ("units", JSON.integer(0)),
    ("units", JSON.integer(-7)), ("activation", JSON.string("frobnicate")), ("activation", JSON.integer(3)),
    ("kernel_initializer", JSON.integer(1)), ("use_bias", JSON.string("yes")),
  ])
  func aWrongValueNamesLayerAndKey(_ key: String, _ value: JSON) throws {
    var config: JSONObject = ["name": "hidden", "units": 3]
    config[key] = value
    let error = try failure(Self.sequential([Self.input(), ["class_name": "Dense", "config": .object(config)]]))
    #expect(error?.description.contains("hidden") == true, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.path.starts(with: ["bad.h5", "model"]) == true)
    let found = error?.description ?? ""
    #expect(found.contains(key) || found.contains(value.stringValue ?? value.serialized()), "\(found)")
  }

  @Test func aMissingKeyIsNamed() throws {
    let error = try failure(Self.sequential([Self.input(), ["class_name": "Dense", "config": ["name": "hidden"]]]))
    #expect(error?.path == ["bad.h5", "model", "hidden"])
    #expect(error?.message.contains("\"units\"") == true)
  }

  @Test func layersOfOneNameAreRefused() throws {
    let error = try failure(Self.sequential([Self.input(), Self.dense("a"), Self.dense("a")]))
    #expect(error?.code == .invalidConfig)
    #expect(error?.message.contains("\"a\"") == true)
    let nodes = [
      Self.node(Self.input(), []), Self.node(Self.dense("b"), [["x", 0, 0]]),
      Self.node(Self.dense("b"), [["x", 0, 0]]),
    ]
    #expect(try failure(Self.functional(nodes))?.message.contains("\"b\"") == true)
  }

  // MARK: Graphs

  @Test func aCycleIsRefused() throws {
    let nodes = [
      Self.node(Self.input(), []), Self.node(Self.dense("a"), [["b", 0, 0]]),
      Self.node(Self.dense("b"), [["a", 0, 0]]),
    ]
    let error = try failure(Self.functional(nodes))
    #expect(error?.code == .invalidConfig)
    #expect(error?.message.contains("a, b") == true)
  }

  @Test(arguments: [["nowhere", 0, 0], ["x", 1, 0], ["x", 0, 1], ["x", 0], "x", 3, ["x", -1, 0]] as [JSON])
  func aDanglingReferenceIsRefused(_ reference: JSON) throws {
    let error = try failure(Self.functional([Self.node(Self.input(), []), Self.node(Self.dense("b"), [reference])]))
    #expect(error?.code == .invalidConfig)
    #expect(error?.path.first == "bad.h5")
  }

  @Test(arguments: [["nowhere", 0, 0], ["b", 5, 0], ["b", 0, 2], "b"] as [JSON])
  func anOutputThatIsNoneIsRefused(_ reference: JSON) throws {
    let nodes = [Self.node(Self.input(), []), Self.node(Self.dense("b"), [["x", 0, 0]])]
    let error = try failure(Self.functional(nodes, output: reference))
    #expect(error?.code == .invalidConfig)
  }

  @Test func anInputThatALayerMakesIsRefused() throws {
    let nodes = [Self.node(Self.dense("x"), [["b", 0, 0]]), Self.node(Self.dense("b"), [["x", 0, 0]])]
    let error = try failure(Self.functional(nodes))
    #expect(error?.code == .invalidConfig)
    #expect(error?.message.contains("InputLayer") == true)
  }

  // MARK: Shapes

  @Test(
    arguments: [
      [nil, 4_611_686_018_427_387_904, 16], [nil, -3], [], nil, [nil, 1, 2, 3, 4, 5, 6, 7, 8, 9], "wide", [nil, 1.5],
    ] as [JSON])
  func anInputShapeThatNoTensorHasIsRefused(_ shape: JSON) throws {
    let error = try failure(Self.sequential([Self.input(shape), Self.dense("a")]))
    #expect(error?.path.first == "bad.h5")
  }

  @Test(arguments: [Int.max, 1 << 54, 1 << 60])
  func aLayerLargerThanMemoryIsRefused(_ units: Int) throws {
    let error = try failure(
      Self.sequential([Self.input(), Self.dense("huge", units: .integer(units)), Self.dense("next")]))
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["bad.h5", "model", "huge"])
  }

  @Test(arguments: ["kernel_size", "strides", "dilation_rate", "filters", "groups"], [0, -2, 1 << 62])
  func absurdConvolutionsAreRefused(_ key: String, _ value: Int) throws {
    var config: JSONObject = ["name": "conv", "filters": 2, "kernel_size": [1, 1]]
    config[key] = key == "filters" || key == "groups" ? .integer(value) : [.integer(value), 1]
    let layers: [JSON] = [Self.input([nil, 8, 8, 2]), ["class_name": "Conv2D", "config": .object(config)]]
    #expect(try failure(Self.sequential(layers))?.path == ["bad.h5", "model", "conv"])
  }

  @Test func anOutputThatNoTensorCanBeIsRefused() throws {
    let config: JSON = ["name": "conv", "filters": .integer(1 << 50), "kernel_size": 1]
    let layers: [JSON] = [Self.input([nil, 1000, 1000, 1]), ["class_name": "Conv2D", "config": config]]
    let error = try failure(Self.sequential(layers + [["class_name": "Flatten", "config": ["name": "f"]]]))
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["bad.h5", "model", "conv"])
  }

  @Test(arguments: ["MaxPooling2D", "AveragePooling2D"], [0, -1, 9, 1 << 62])
  func absurdWindowsAreRefused(_ kind: String, _ size: Int) throws {
    let config: JSON = ["name": "pool", "pool_size": .integer(size)]
    let layers: [JSON] = [Self.input([nil, 8, 8, 2]), ["class_name": .string(kind), "config": config]]
    #expect(try failure(Self.sequential(layers))?.path == ["bad.h5", "model", "pool"])
  }

  @Test func layersThatDoNotFitTogetherAreRefused() throws {
    let conv: JSON = ["class_name": "Conv2D", "config": ["name": "conv", "filters": 2, "kernel_size": 3]]
    let error = try failure(Self.sequential([Self.input(), conv]))
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["bad.h5", "model", "conv"])
    #expect(error?.message.contains("(None, 4)") == true)
  }

  // MARK: Weights

  private func written(_ change: (inout InMemoryArchive) throws -> Void) throws -> InMemoryArchive {
    var archive = try Self.archive(Self.sequential([Self.input(), Self.dense("a")]).serialized())
    try change(&archive)
    return archive
  }

  private func addWeights(
    _ archive: inout InMemoryArchive, _ shapes: [(String, Shape)], layers: [String] = ["a"]
  ) throws {
    try archive.makeGroup("model_weights/a")
    try archive.setAttribute("layer_names", at: "model_weights", .strings(layers))
    try archive.setAttribute("weight_names", at: "model_weights/a", .strings(shapes.map(\.0)))
    for (name, shape) in shapes { try archive.write(Tensor.zeros(shape), at: "model_weights/a/\(name)") }
  }

  @Test func aFileWithoutWeightsIsRefused() throws {
    let error = failure(try written { _ in })
    #expect(error?.path.first == "bad.h5")
    #expect(error?.description.contains("model_weights") == true)
  }

  @Test func aMissingWeightIsNamed() throws {
    let error = failure(try written { try addWeights(&$0, [("a/kernel", [4, 3])]) })
    #expect(error?.code == .missingWeight)
    #expect(error?.path == ["bad.h5", "model_weights", "a"])
    #expect(error?.message.contains("a/bias") == true)
  }

  @Test func aWeightThatIsListedAndNotThereIsNamed() throws {
    let archive = try written { archive in
      try addWeights(&archive, [("a/kernel", [4, 3])])
      try archive.setAttribute("weight_names", at: "model_weights/a", .strings(["a/kernel", "a/bias"]))
    }
    let error = failure(archive)
    #expect(error?.code == .missingWeight)
    #expect(error?.path == ["bad.h5", "model_weights/a/a/bias"])
  }

  @Test func aWeightOfAnotherShapeIsNamedWithBothShapes() throws {
    let error = failure(try written { try addWeights(&$0, [("a/kernel", [5, 3]), ("a/bias", [3])]) })
    #expect(error?.code == .shapeMismatch)
    #expect(error?.path == ["bad.h5", "model_weights/a/a/kernel"])
    #expect(error?.message.contains("[5, 3]") == true && error?.message.contains("[4, 3]") == true)
  }

  @Test func aLayerThatIsListedAndNotThereIsNamed() throws {
    let archive = try written {
      try addWeights(&$0, [("a/kernel", [4, 3]), ("a/bias", [3])], layers: ["a", "ghost"])
    }
    let error = failure(archive)
    #expect(error?.code == .missingWeight)
    #expect(error?.message.contains("\"ghost\"") == true)
  }

  @Test func aTrainingConfigThatCannotBeReadIsNoError() throws {
    var archive = try written { try addWeights(&$0, [("a/kernel", [4, 3]), ("a/bias", [3])]) }
    try archive.setAttribute("training_config", at: "", .string("{broken"))
    let file = try KerasFile(from: archive)
    #expect(file.trainingConfig == nil)
    #expect(file.model.parameterCount == 15)
  }
}
