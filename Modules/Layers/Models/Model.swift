public import TensorCore

/// A model: a graph of layers, built, with its weights. A value: a copy trains apart from the original.
public struct Model: Sendable {
  /// One input of a model.
  public struct Input: Sendable {
    public let name: String
    /// With the batch; nil stands for any number. The last axis of text is that of bytes.
    public let batchShape: [Int?]
    public let dtype: DType
    /// Whether it takes strings, as `Tensor(strings:shape:)` makes them.
    public let isText: Bool

    /// In Keras's notation: `(None, 28, 28, 1)`, without the bytes of text.
    public var shapeDescription: String {
      let parts = (isText ? batchShape.dropLast() : batchShape[...]).map { $0.map(String.init) ?? "None" }
      return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
    }
  }

  public let name: String
  public let inputs: [Input]
  /// The names of the layers that the outputs come from.
  public let outputNames: [String]
  /// The built graph: a `Sequential` or `Functional` with its layers as children.
  public let root: BuiltLayer
  /// The graph for the second of the numbers that stand for open dimensions; nil where the batch alone is open.
  let otherRoot: BuiltLayer?
  public var weights: Weights
  /// Penalties and constraints of the weights.
  public let weightRules: WeightRules
  /// What stateful layers keep from batch to batch. Their values are among the weights; files and counts leave them out.
  public let stateKeys: [WeightKey]
  /// What predictions were compiled to. Copies of the model share it: a plan is found by the weights that it was made for.
  let plans = ModelPlans()
  /// The major version of Keras whose meaning the model has.
  public let kerasMajorVersion: Int
  /// What it was built with, to be built again.
  let origin: (dtype: DType, host: PluginHost)
  /// Whether a layer reports values that it cannot take.
  package let checksData: Bool
  /// Whether a layer's values decide how long its output is: no plan computes that.
  let hasOpenLengths: Bool
  /// Whether a layer draws the size of its output in training: no step is compiled with one.
  package let hasRandomSizes: Bool

  /// What makes the weights of a model that has been built.
  public enum Start: Sendable {
    /// Each layer's initializers, from one seed: the same seed gives the same weights.
    case seed(UInt64)
    /// Values from elsewhere, e.g. a file: given the built graph, one tensor per key.
    case values(@Sendable (BuiltLayer, [WeightKey]) throws(CoreError) -> [Tensor])
  }

  /// Builds a sequential model.
  ///
  /// - Parameters:
  ///   - sequential: the layers.
  ///   - inputShape: of one sample; needed only where the first layer does not say it.
  ///   - start: what makes the weights.
  ///   - dtype: of the weights.
  ///   - host: where layer kinds, activations and initializers are looked up.
  ///   - kerasMajorVersion: whose meaning the layers have.
  public init(
    _ sequential: Sequential, inputShape: [Int?]? = nil, start: Start = .seed(0), dtype: DType = .float32,
    host: PluginHost = .shared, kerasMajorVersion: Int = 3
  ) throws(CoreError) {
    guard let input = inputShape.map({ InputLayer(shape: $0) }) ?? sequential.declaredInput else {
      throw CoreError(
        .invalidConfig, "found no input shape, expected an InputLayer first or `inputShape:`", path: [sequential.name])
    }
    let isNamed = sequential.nodes.first?.layer is InputLayer
    let inputName = isNamed ? sequential.nodes[0].name : "input_layer"
    try self.init(
      root: sequential, name: sequential.name, inputLayers: [(inputName, input)],
      outputNames: [sequential.nodes.last?.name ?? inputName], start: start, dtype: dtype, host: host,
      kerasMajorVersion: kerasMajorVersion)
  }

  /// Builds a functional model.
  public init(
    _ functional: Functional, start: Start = .seed(0), dtype: DType = .float32, host: PluginHost = .shared,
    kerasMajorVersion: Int = 3
  ) throws(CoreError) {
    var inputLayers: [(String, InputLayer)] = []
    for reference in functional.inputs {
      let layer = functional.nodes.first { $0.name == reference.layer }?.layer
      guard let input = layer as? InputLayer else {
        throw CoreError(
          .invalidConfig,
          "found input \"\(reference.layer)\" made by \(layer.map { type(of: $0).kind } ?? "nothing"), "
            + "expected an InputLayer", path: [functional.name])
      }
      inputLayers.append((reference.layer, input))
    }
    try self.init(
      root: functional, name: functional.name, inputLayers: inputLayers, outputNames: functional.outputs.map(\.layer),
      start: start, dtype: dtype, host: host, kerasMajorVersion: kerasMajorVersion)
  }

  /// Builds the functional model between symbols.
  public init(
    inputs: [Symbol], outputs: [Symbol], name: String = "functional", start: Start = .seed(0),
    dtype: DType = .float32, host: PluginHost = .shared
  ) throws(CoreError) {
    let functional = try Functional(inputs: inputs, outputs: outputs, name: name)
    try self.init(functional, start: start, dtype: dtype, host: host)
  }

  init(
    root: any Layer, name: String, inputLayers: [(String, InputLayer)], outputNames: [String], start: Start,
    dtype: DType, host: PluginHost, kerasMajorVersion: Int
  ) throws(CoreError) {
    var specs: [TensorSpec] = []
    var inputs: [Input] = []
    var otherSpecs: [TensorSpec] = []
    for (inputName, layer) in inputLayers {
      do {
        specs.append(try layer.spec())
        otherSpecs.append(try layer.spec(openSize: Shape.openSizes.1))
      } catch {
        throw error.inside(inputName).inside(name)
      }
      let shape = (layer.batchShape ?? []) + (layer.isText ? [nil] : [])
      inputs.append(Input(name: inputName, batchShape: shape, dtype: layer.dtype, isText: layer.isText))
    }
    var empty = BuildScope(dtype: dtype, host: host, kerasMajorVersion: kerasMajorVersion)
    empty.batchSize = Self.batchSize(of: inputs)
    var scope = empty
    do throws(CoreError) {
      self.root = try scope.root(root, name: name, inputs: specs)
      let isOpen = otherSpecs != specs || self.root.hasRandomSizes
      otherRoot = try isOpen ? empty.otherRoot(root, name: name, inputs: otherSpecs, scope.keys) : nil
    } catch {
      throw error.inside(name)
    }
    (checksData, hasOpenLengths) = (self.root.checksData, self.root.hasOpenLengths)
    hasRandomSizes = self.root.hasRandomSizes
    weights = try scope.weights(start, root: self.root)
    (weightRules, stateKeys) = (scope.weightRules, scope.stateKeys)
    (self.name, self.inputs, self.outputNames) = (name, inputs, outputNames)
    (self.kerasMajorVersion, origin) = (kerasMajorVersion, (dtype, host))
  }

  public var layers: [BuiltLayer] { root.children }

  /// The specs of the outputs; the first axis stands for any batch.
  public var outputSpecs: [TensorSpec] { root.outputs }

  /// The specs of the outputs as losses and metrics see them: float32 where a dtype policy gives 16 bits.
  public var lossSpecs: [TensorSpec] { outputSpecs.indices.map(lossSpec) }

  /// One of `lossSpecs`.
  package func lossSpec(_ index: Int) -> TensorSpec { Self.lossSpec(outputSpecs[index]) }

  private static func lossSpec(_ output: TensorSpec) -> TensorSpec {
    output.dtype.isHalf ? TensorSpec(output.shape, .float32) : output
  }

  /// Whether inputs have axes of any size behind the batch, so that sizes of the outputs may depend on them.
  package var hasOpenSizes: Bool { otherRoot != nil }

  /// `lossSpecs` where inputs have these specs, which fit the model; the first axis stands for any batch. Throws where a
  /// layer does not take such sizes.
  package func lossSpecs(for inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard hasOpenSizes, !hasOpenLengths else { return lossSpecs }
    let scope = BuildScope(dtype: origin.dtype, host: origin.host, kerasMajorVersion: kerasMajorVersion)
    // Some layers are for one number of samples; what is asked for are the other axes.
    let count = batchSize ?? Shape.openBatch
    let specs = inputs.map { TensorSpec(Shape([count] + $0.shape.array.dropFirst()), $0.dtype) }
    return try scope.outputs(of: root, inputs: specs).map(Self.lossSpec)
  }

  /// The number of samples of every batch, where all inputs say the same; nil: any number.
  public var batchSize: Int? { Self.batchSize(of: inputs) }

  private static func batchSize(of inputs: [Input]) -> Int? {
    let sizes = Set(inputs.map { $0.batchShape.first ?? nil })
    return sizes.count == 1 ? sizes.first ?? nil : nil
  }

  public var parameterCount: Int { weights.parameterCount - stateKeys.reduce(0) { $0 + $1.spec.elementCount } }

  public var trainableParameterCount: Int {
    weights.keys.reduce(0) { $0 + ($1.isTrainable ? $1.spec.elementCount : 0) }
  }

  /// Runs the graph in a context of the caller's: for training, and for gradients through the model.
  /// Traps where the inputs do not fit; `checkInputs` says so beforehand.
  /// Where the context remembers logits, for a loss, outputs of 16 bits come as float32: so Keras's losses take them.
  public func callAsFunction(_ inputs: [Tensor], _ context: inout CallContext) -> [Tensor] {
    let outputs = root.forward(inputs, &context)
    guard context.remembersLogits else { return outputs }
    return outputs.map { output in
      guard output.dtype.isHalf else { return output }
      let wide = output.cast(to: .float32)
      // Keras 3 casts probabilities before it looks for the logits behind them, and so computes from the probabilities.
      if kerasMajorVersion < 3, let logits = context.logits(of: output) {
        context.rememberLogits(logits.kind, logits.values.cast(to: .float32), of: wide)
      }
      return wide
    }
  }

  /// Inference on one batch, without copies. Throws where the inputs do not fit the model.
  public func infer(_ inputs: [Tensor]) throws(CoreError) -> [Tensor] {
    try checkInputs(inputs.map(\.spec))
    try checkBatchSize(inputs.first?.shape[0] ?? 0)
    try checkInference(inputs.map(\.spec))
    return try checkingData { () throws(CoreError) in eager(inputs) }
  }

  /// Inference operation by operation on inputs that fit.
  func eager(_ inputs: [Tensor]) -> [Tensor] {
    var context = CallContext(weights: weights)
    return root.forward(inputs, &context)
  }

  /// What `body` returns; throws where a layer reports values that it cannot take.
  package func checkingData<Result>(_ body: () throws(CoreError) -> Result) throws(CoreError) -> Result {
    guard checksData else { return try body() }
    do throws(CoreError) {
      return try DataFaults.collecting(body)
    } catch {
      throw error.path.first == name ? error : error.inside(name)
    }
  }
}

extension BuildScope {
  /// Builds a model's graph. Its own name is not part of its layers' paths.
  fileprivate mutating func root(_ layer: any Layer, name: String, inputs: [TensorSpec]) throws(CoreError) -> BuiltLayer
  {
    isTrainable = ((layer as? Sequential)?.extras ?? (layer as? Functional)?.extras)?["trainable"]?.boolValue ?? true
    let forward = try layer.build(&self, inputs: inputs)
    func built(_ outputs: [TensorSpec]) -> BuiltLayer {
      BuiltLayer(
        name: name, path: [], layer: layer, isTrainable: isTrainable, forward: forward, inputs: inputs,
        outputs: outputs, ownKeys: [], ownStates: [], children: adopted, kerasMajorVersion: kerasMajorVersion)
    }
    return built(try outputs(of: built([]), inputs: inputs))
  }

  /// The graph for other sizes of open dimensions. Throws where a weight's shape depends on them.
  fileprivate func otherRoot(
    _ layer: any Layer, name: String, inputs: [TensorSpec], _ keys: [WeightKey]
  ) throws(CoreError) -> BuiltLayer {
    var scope = self
    scope.openSize = Shape.openSizes.1
    let root = try scope.root(layer, name: name, inputs: inputs)
    for (key, other) in zip(keys, scope.keys) where key != other {
      throw CoreError(
        .shapeMismatch,
        "found a weight whose shape depends on an open dimension of the input, expected an input shape "
          + "with a number there", path: [key.path])
    }
    return root
  }

  func weights(_ start: Model.Start, root: BuiltLayer) throws(CoreError) -> Weights {
    switch start {
    case .values(let make):
      let states = Set(stateKeys.map(\.slot))
      let wanted = keys.filter { !states.contains($0.slot) }
      var values = try make(root, wanted)[...]
      guard values.count == wanted.count else {
        throw CoreError(
          .missingWeight, "found \(values.count) tensors, expected \(wanted.count), one per weight", path: [root.name])
      }
      for (key, tensor) in zip(wanted, values) where key.spec != tensor.spec {
        throw CoreError(.shapeMismatch, "found \(tensor.spec), expected \(key.spec)", path: [root.name, key.path])
      }
      return Weights(
        keys: keys,
        tensors: keys.map {
          states.contains($0.slot) ? Tensor.zeros($0.spec.shape, dtype: $0.spec.dtype) : values.removeFirst()
        })
    case .seed(let seed):
      let random = RandomKey(seed: seed)
      var tensors: [Tensor] = []
      for (key, initializer) in zip(keys, initializers) {
        do {
          tensors.append(try initializer.tensor(key.spec, key: random.folding(key.slot), host: host))
        } catch {
          throw error.inside(key.path).inside(root.name)
        }
      }
      return Weights(keys: keys, tensors: tensors)
    }
  }
}
