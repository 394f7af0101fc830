public import TensorCore

/// Several optimizers, each for weights of its own. Keras: `MultiOptimizer` with an `OptimizerMap`.
///
/// Each clips, averages and adds up the gradients of its own weights. Training runs operation by operation.
public struct MultiOptimizer: Optimizer {
  public static let kind = "MultiOptimizer"
  public static let template = MultiOptimizer(default: SGD())

  /// The weights that one of the optimizers is for.
  public struct Assignment: Sendable {
    /// A weight's path, or a regular expression for whole paths: `"encoder/.*"`.
    public var pattern: String
    public var optimizer: any Optimizer

    public init(_ pattern: String, _ optimizer: any Optimizer) { (self.pattern, self.optimizer) = (pattern, optimizer) }
  }

  /// The first whose pattern fits a weight changes it. Keras refuses several that fit.
  public var assignments: [Assignment]
  /// For all other weights.
  public var defaultOptimizer: any Optimizer
  /// What patterns find before the paths: Keras begins those of a `Sequential` with the model's name.
  public var pathPrefix = ""
  /// A name and a fixed loss scale; all else is the optimizers' own.
  public var settings: OptimizerSettings

  /// - Parameters:
  ///   - assignments: the optimizers of some weights.
  ///   - defaultOptimizer: for the others.
  ///   - settings: a name and a fixed loss scale.
  public init(
    _ assignments: [Assignment] = [], default defaultOptimizer: any Optimizer,
    settings: OptimizerSettings = OptimizerSettings()
  ) {
    (self.assignments, self.defaultOptimizer, self.settings) = (assignments, defaultOptimizer, settings)
  }

  /// In Keras's order, the default one last; with the loss scale of all.
  package var optimizers: [any Optimizer] {
    get {
      (assignments.map(\.optimizer) + [defaultOptimizer]).map { optimizer in
        var optimizer = optimizer
        optimizer.settings.lossScaleFactor = settings.lossScaleFactor
        return optimizer
      }
    }
    set {
      for index in assignments.indices { assignments[index].optimizer = newValue[index] }
      defaultOptimizer = newValue[assignments.count]
    }
  }

  /// The default optimizer's.
  public var learningRate: Double {
    get { defaultOptimizer.learningRate }
    set { defaultOptimizer.learningRate = newValue }
  }

  /// Those of the weights differ: `initialSlots(for:)`.
  public var slotNames: [String] { [] }

  /// Those of the weight's optimizer, then its average and the sum of its gradients where that keeps them.
  public func initialSlots(for key: WeightKey) -> [OptimizerSlot] {
    let optimizer = optimizers[index(for: key)]
    let (hasAverage, hasSum) = (
      optimizer.settings.useEMA, optimizer.settings.gradientAccumulationSteps != nil
    )
    return optimizer.initialSlots(for: key) + (hasAverage ? [OptimizerSlot("average", for: key)] : [])
      + (hasSum ? [OptimizerSlot("gradient_accumulator", for: key)] : [])
  }

  public func weightDecay(for key: WeightKey) -> Double? { optimizers[index(for: key)].weightDecay(for: key) }

  /// The default optimizer's rule; which one a weight has is known to `step` alone.
  public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], step: Int) {
    defaultOptimizer.update(&weight, gradient: gradient, slots: &slots, step: step)
  }

  /// A step of each optimizer on its own weights.
  public func step(_ weights: inout Weights, gradients: Weights, state: inout OptimizerState) {
    for (optimizer, group) in zip(optimizers, groups(of: weights)) where !group.isEmpty {
      var (own, part) = (group.weights(of: weights), OptimizerState(slots: group.positions.map { state.slots[$0] }))
      part.iterations = state.iterations
      let tensors = group.positions.map { gradients.tensors[$0] }
      optimizer.step(&own, gradients: Weights(keys: own.keys, tensors: tensors), state: &part)
      for (place, position) in group.positions.enumerated() {
        weights.tensors[group.indices[place]] = own.tensors[place]
        state.slots[position] = part.slots[place]
      }
    }
    state.iterations += 1
  }

  /// Which optimizer a weight has.
  private func index(for key: WeightKey) -> Int {
    let path = pathPrefix + key.path
    return assignments.firstIndex { $0.pattern == path }
      ?? assignments.firstIndex { path.isMatch(for: $0.pattern) } ?? assignments.count
  }

  /// The trainable weights of one optimizer.
  package struct Group {
    /// Among all weights.
    package var indices: [Int] = []
    /// Among the trainable ones.
    package var positions: [Int] = []

    package var isEmpty: Bool { indices.isEmpty }

    package func weights(of all: Weights) -> Weights {
      let keys = indices.enumerated().map { slot, index in
        WeightKey(slot: slot, path: all.keys[index].path, spec: all.keys[index].spec)
      }
      return Weights(keys: keys, tensors: indices.map { all.tensors[$0] })
    }
  }

  /// One per optimizer.
  package func groups(of weights: Weights) -> [Group] {
    var groups = Array(repeating: Group(), count: assignments.count + 1)
    for (position, index) in weights.trainableIndices.enumerated() {
      let owner = self.index(for: weights.keys[index])
      groups[owner].indices.append(index)
      groups[owner].positions.append(position)
    }
    return groups
  }

  public func validate() throws(CoreError) {
    try validatePatterns(assignments.map(\.pattern), "pattern")
    for optimizer in optimizers {
      guard !(optimizer is LossScaleOptimizer), !(optimizer is MultiOptimizer) else {
        throw CoreError(.invalidConfig, "found \(type(of: optimizer).kind), expected optimizers of weights")
      }
      try optimizer.validateAll()
    }
  }
}

extension MultiOptimizer: Codable {
  private enum CodingKeys: CodingKey {
    case optimizers, patterns, defaultOptimizer, pathPrefix, settings
  }

  private enum InnerKeys: CodingKey {
    case className, config
  }

  /// Of any coder. Keras's own form is `OptimizerCoder`'s.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    var list = try container.nestedUnkeyedContainer(forKey: .optimizers)
    var optimizers: [any Optimizer] = []
    while !list.isAtEnd {
      let inner = try list.nestedContainer(keyedBy: InnerKeys.self)
      let kind = try PluginHost.shared.optimizerKind(named: inner.decode(String.self, forKey: .className))
      optimizers.append(try kind.type.init(from: inner.superDecoder(forKey: .config)))
    }
    let patterns = try container.decode([String].self, forKey: .patterns)
    guard let last = optimizers.popLast(), patterns.count == optimizers.count else {
      throw CoreError(.invalidConfig, "found \(patterns.count) patterns, expected one per optimizer but the last")
    }
    self.init(
      zip(patterns, optimizers).map { Assignment($0, $1) }, default: last,
      settings: try container.decode(OptimizerSettings.self, forKey: .settings))
    pathPrefix = try container.decode(String.self, forKey: .pathPrefix)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(assignments.map(\.pattern), forKey: .patterns)
    try container.encode(pathPrefix, forKey: .pathPrefix)
    try container.encode(settings, forKey: .settings)
    var list = container.nestedUnkeyedContainer(forKey: .optimizers)
    for optimizer in assignments.map(\.optimizer) + [defaultOptimizer] {
      var inner = list.nestedContainer(keyedBy: InnerKeys.self)
      try inner.encode(type(of: optimizer).kind, forKey: .className)
      try optimizer.encode(to: inner.superEncoder(forKey: .config))
    }
  }
}

extension String {
  /// Whether a regular expression is the whole of this text; one that cannot be read is not.
  fileprivate func isMatch(for pattern: String) -> Bool {
    guard let regex = try? Regex(pattern) else { return false }
    return wholeMatch(of: regex) != nil
  }
}
