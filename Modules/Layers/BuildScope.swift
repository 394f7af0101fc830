public import TensorCore

/// Where a layer declares its weights and builds its children.
public struct BuildScope: Sendable {
  /// Layer names from the model inwards.
  public private(set) var path: [String] = []
  /// The element type of the weights of the layer being built.
  public var dtype: DType { dtypePolicy.variableDType ?? modelDType }
  private let modelDType: DType
  /// The registries that a composite layer may look things up in.
  public let host: PluginHost
  /// The major version of Keras whose meaning the model has: that of the file it came from, 3 otherwise.
  public let kerasMajorVersion: Int
  /// Whether the layer being built, and all around it, may be trained.
  public internal(set) var isTrainable = true
  /// In which element types the layer being built keeps its weights and calculates.
  public private(set) var dtypePolicy = DTypePolicy.float32

  /// How many samples every batch has, where the model's inputs say so.
  public internal(set) var batchSize: Int?

  /// What stands for sizes that are not known before the layers run.
  var openSize = Shape.openSizes.0

  /// How the layer being built is called first, besides its inputs.
  public private(set) var call = CallArguments()

  private(set) var keys: [WeightKey] = []
  private(set) var initializers: [Initializer] = []
  private(set) var weightRules = WeightRules()
  /// What the innermost layer being built has made so far.
  private var children: [BuiltLayer] = []
  var adopted: [BuiltLayer] { children }
  private var ownKeys: [WeightKey] = []
  private var ownStates: [WeightKey] = []
  /// The states of all layers.
  private(set) var stateKeys: [WeightKey] = []
  /// What is wrong with a weight's shape: thrown by whoever builds the layer, so that declaring a weight needs no `try`.
  private var failure: CoreError?

  public init(dtype: DType = .float32, host: PluginHost = .shared, kerasMajorVersion: Int = 3) {
    modelDType = dtype
    self.host = host
    self.kerasMajorVersion = kerasMajorVersion
  }

  /// Declares a weight. Call it in Keras's order.
  ///
  /// - Parameters:
  ///   - name: Keras's (`"kernel"`).
  ///   - shape: its shape.
  ///   - initializer: makes its first values.
  ///   - regularizer: what it adds to the loss.
  ///   - constraint: what it is brought back to after every step.
  ///   - dtype: nil: that of the layer's weights.
  ///   - isTrainable: false for what is not trained by gradient.
  public mutating func weight(
    _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: Regularizer? = nil,
    constraint: Constraint? = nil, dtype: DType? = nil, isTrainable: Bool = true
  ) -> WeightKey {
    var shape = shape
    do {
      _ = try Shape(validating: shape.array)
    } catch {
      failure = failure ?? CoreError(error.code, "weight \"\(name)\": \(error.message)")
      shape = []
    }
    let key = WeightKey(
      slot: keys.count, path: (path + [name]).joined(separator: "/"), spec: TensorSpec(shape, dtype ?? self.dtype),
      isTrainable: isTrainable && self.isTrainable)
    keys.append(key)
    initializers.append(initializer)
    ownKeys.append(key)
    guard key.isTrainable else { return key }
    do throws(CoreError) {
      if let regularizer {
        weightRules.penalties.append((key.slot, try regularizer.penalty(for: shape, in: host)))
      }
      if let constraint {
        weightRules.projections.append((key.slot, try constraint.projection(for: shape, in: host)))
      }
    } catch {
      failure = failure ?? CoreError(error.code, "weight \"\(name)\": \(error.message)")
    }
    return key
  }

  /// Declares what a layer keeps from one batch to the next: zeros at first and after `Model.resetStates`, set by
  /// `CallContext.update`, in inference too. Files do not have it.
  ///
  /// Throws where the model's batches may be of any size, since the state has a row per sample.
  ///
  /// - Parameters:
  ///   - name: of the state.
  ///   - shape: of one sample's.
  public mutating func state(_ name: String, _ shape: [Int]) throws(CoreError) -> WeightKey {
    guard let batchSize else {
      throw CoreError(
        .invalidConfig,
        "found a state that lasts from batch to batch in a model whose batches may have any number of samples, expected "
          + "an input with a batch_shape whose first number is given")
    }
    let key = WeightKey(
      slot: keys.count, path: (path + [name]).joined(separator: "/"),
      spec: TensorSpec(try Shape(validating: [batchSize] + shape), dtype), isTrainable: false)
    keys.append(key)
    initializers.append(.zeros)
    ownStates.append(key)
    stateKeys.append(key)
    return key
  }

  /// Builds a layer inside this one and says what comes out of it.
  ///
  /// - Parameters:
  ///   - name: its name in paths and legacy files.
  ///   - layer: the recipe.
  ///   - inputs: what it is called on; the first axis stands for any batch.
  ///   - call: how it is called besides.
  ///   - isTrainable: false freezes all weights of the layer.
  ///   - dtypePolicy: the layer's; nil: that of the layer around it.
  public mutating func child(
    _ name: String, _ layer: any Layer, inputs: [TensorSpec], call: CallArguments = CallArguments(),
    isTrainable: Bool = true, dtypePolicy: DTypePolicy? = nil
  ) throws(CoreError) -> BuiltLayer {
    let outer = (path, children, ownKeys, ownStates, self.isTrainable, self.dtypePolicy)
    defer { (path, children, ownKeys, ownStates, self.isTrainable, self.dtypePolicy) = outer }
    if let dtypePolicy { self.dtypePolicy = dtypePolicy }
    path.append(name)
    (children, ownKeys, ownStates) = ([], [], [])
    self.isTrainable = outer.4 && isTrainable
    let layerPath = path.joined(separator: "/")
    let firstSlot = keys.count
    let maskRule = layer.maskRule
    var forward: Forward
    let outputs: [TensorSpec]
    do throws(CoreError) {
      let precision = LayerPrecision(layer, self.dtypePolicy, modelDType: modelDType)
      self.call = call
      let body = precision.wrap(try layer.build(&self, inputs: inputs.map(precision.cast)))
      if let failure { throw failure }
      forward = Forward(many: { inputs, context in
        Execution.$layerPath.withValue(layerPath) {
          context.applyMaskRule(maskRule) { context in body(inputs, &context) }
        }
      })
      outputs = try outputSpecs(of: forward, inputs: inputs, call: call, keys: Array(keys[firstSlot...]))
      if let regularizer = layer.activityRegularizer {
        forward = try penalizing(forward, outputs, regularizer)
      }
    } catch {
      throw error.isInside(layerPath) ? error : error.inside(name)
    }
    let built = BuiltLayer(
      name: name, path: path, layer: layer, isTrainable: self.isTrainable, forward: forward, inputs: inputs,
      outputs: outputs, ownKeys: ownKeys, ownStates: ownStates, children: children,
      kerasMajorVersion: kerasMajorVersion)
    return built
  }

  /// A layer's function that adds the penalties of its outputs to the losses.
  private func penalizing(
    _ forward: Forward, _ outputs: [TensorSpec], _ regularizer: Regularizer
  ) throws(CoreError) -> Forward {
    var penalties: [Regularizer.Penalty] = []
    for output in outputs { penalties.append(try regularizer.penalty(for: output.shape, in: host)) }
    return Forward(many: { [penalties] inputs, context in
      let outputs = forward(inputs, &context)
      for (output, penalty) in zip(outputs, penalties) {
        // The mean over the samples, so that a larger batch is not penalized more.
        context.add(loss: penalty(output) / Double(max(1, output.shape[0])))
      }
      return outputs
    })
  }

  /// Lists a child among the parts of the layer being built, for summaries and files. Once per layer, however often it
  /// is called.
  public mutating func adopt(_ child: BuiltLayer) { children.append(child) }

  /// Counts a weight of an adopted child among the own ones, as Keras does where a wrapper holds it too.
  mutating func claim(_ key: WeightKey) {
    children = children.map { $0.without(key) }
    ownKeys.append(key)
  }

  /// Builds a layer that another one holds, as part of it.
  ///
  /// - Parameters:
  ///   - nested: the layer.
  ///   - inputs: what it is called on.
  public mutating func nested(_ nested: NestedLayer, inputs: [TensorSpec]) throws(CoreError) -> BuiltLayer {
    let child = try child(of: nested.node, inputs: inputs)
    adopt(child)
    return child
  }

  /// Builds a layer from its place in a model, with what is stored there besides.
  mutating func child(
    of node: LayerNode, inputs: [TensorSpec], call: CallArguments = CallArguments()
  ) throws(CoreError) -> BuiltLayer {
    var built = try child(
      node.name, node.layer, inputs: inputs, call: call, isTrainable: node.isTrainable,
      dtypePolicy: node.declaredDTypePolicy())
    try node.checkDTypePolicy(of: built)
    built.ownUnreadKeys = node.unreadKeys
    return built
  }

  /// What comes out of a layer that was built before, called on other inputs.
  public func outputs(
    of layer: BuiltLayer, inputs: [TensorSpec], call: CallArguments = CallArguments()
  ) throws(CoreError) -> [TensorSpec] {
    do {
      return try outputSpecs(
        of: layer.forward, inputs: inputs, call: call,
        keys: (layer.keys + layer.stateKeys).sorted { $0.slot < $1.slot })
    } catch {
      throw error.isInside(layer.path.joined(separator: "/")) ? error : error.inside(layer.name)
    }
  }

  /// What comes out of a function, found by running it without values. A layer's weights have consecutive slots.
  private func outputSpecs(
    of forward: Forward, inputs: [TensorSpec], call: CallArguments, keys: [WeightKey]
  ) throws(CoreError) -> [TensorSpec] {
    let graph = try GraphCapture.capture(inputs + keys.map(\.spec)) { (arguments) throws(CoreError) -> [Tensor] in
      let weights = Weights(keys: keys, tensors: Array(arguments[inputs.count...]))
      var context = CallContext(
        weights: weights, firstSlot: keys.first?.slot ?? 0, isTraining: false, random: RandomKey(seed: 0))
      context.call = call
      context.isInferringShapes = true
      return forward(Array(arguments[..<inputs.count]), &context)
    }
    return graph.outputs.map { graph.specs[$0] }
  }
}

/// A layer that has been built: its recipe, its function, and what belongs to it.
public struct BuiltLayer: Sendable {
  public let name: String
  /// Layer names from the model inwards, this layer's last.
  public let path: [String]
  public let layer: any Layer
  public let isTrainable: Bool
  public let forward: Forward
  /// Of its first call; the first axis stands for any batch.
  public let inputs: [TensorSpec]
  public let outputs: [TensorSpec]
  /// The weights that it declared itself, in Keras's order.
  public private(set) var ownKeys: [WeightKey]
  /// What it keeps itself from batch to batch.
  let ownStates: [WeightKey]
  public let children: [BuiltLayer]
  /// The major version of Keras whose meaning the layer has.
  let kerasMajorVersion: Int
  /// Keys of its config that nothing reads.
  fileprivate(set) var ownUnreadKeys: [String] = []

  public var kind: String { (layer as? GraphOperation)?.className ?? type(of: layer).kind }

  fileprivate func without(_ key: WeightKey) -> BuiltLayer {
    var copy = self
    copy.ownKeys.removeAll { $0 == key }
    return copy
  }

  /// All weights below this layer, its own first, in declaration order.
  public var keys: [WeightKey] { ownKeys + children.flatMap(\.keys) }

  /// What is kept from batch to batch by this layer and those below; no weights, though they are held among these.
  public var stateKeys: [WeightKey] { ownStates + children.flatMap(\.stateKeys) }

  public var parameterCount: Int { keys.reduce(0) { $0 + $1.spec.elementCount } }
}

extension CoreError {
  /// Whether the error already says that it happened in the layer at this full path.
  func isInside(_ layerPath: String) -> Bool {
    guard let first = path.first else { return false }
    return first == layerPath || first.hasPrefix(layerPath + "/")
  }
}
