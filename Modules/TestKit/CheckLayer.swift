public import Layers
internal import Plan
public import TensorCore

/// Checks a layer as a model's file, a plan and a training step use it.
///
/// - Its config, written in both dialects of Keras, reads back as the same config and the same function.
/// - Its weights come back bit for bit from an archive.
/// - The shapes that it is built for are those that it computes, for any batch size.
/// - In inference it gives the same bits every time and stores nothing; in training it does so for the same key, and
///   stores new values only for weights that are not trained by gradient. Frozen, it has no trainable weight.
/// - A compiled plan gives what it gives eagerly.
/// - Gradients with respect to inputs and trainable weights agree with central differences in float64, in inference and, unless
///   the layer assigns weights, in training.
///
/// - Parameters:
///   - layer: the recipe, its options best off their defaults.
///   - inputs: the specs of one batch each, `[batch, ...]`; floating ones are tried with numbers from -1 to 1.
///   - host: where the layer's kind is registered.
///   - checksGradients: false for layers that have none, e.g. those that round.
///   - gradientTolerance: how far gradients and differences may be apart.
/// - Throws: `CoreError` with code `checkFailed` that lists all findings, or what building the layer throws.
public func checkLayer(
  _ layer: any Layer, inputs: [TensorSpec], host: PluginHost = .shared, checksGradients: Bool = true,
  gradientTolerance: Tolerance = .gradient
) throws(CoreError) {
  let check = try LayerCheck(layer, inputs, host)
  var findings = Findings()
  findings.collect { try check.config() }
  findings.collect { try check.weights() }
  findings.collect { try check.shapes() }
  for finding in check.modes() { findings.add(finding) }
  findings.collect { try check.frozen() }
  findings.collect { try check.plan() }
  if checksGradients { findings.collect { try check.gradients(gradientTolerance) } }
  try findings.throwIfAny("layer \(type(of: layer).kind) of \(inputs)")
}

private struct LayerCheck {
  let layer: any Layer
  let inputs: [TensorSpec]
  let host: PluginHost
  let model: Model

  init(_ layer: any Layer, _ inputs: [TensorSpec], _ host: PluginHost) throws(CoreError) {
    (self.layer, self.inputs, self.host) = (layer, inputs, host)
    model = try Self.model(layer, inputs, host)
  }

  /// The layer between inputs, with weights off their initial values.
  private static func model(
    _ layer: any Layer, _ inputs: [TensorSpec], _ host: PluginHost, dtype: DType = .float32, isTrainable: Bool = true
  ) throws(CoreError) -> Model {
    var nodes: [LayerNode] = []
    for (index, spec) in inputs.enumerated() {
      let shape = spec.shape.array.dropFirst().map { Optional($0) }
      nodes.append(LayerNode(name: "input_\(index)", layer: InputLayer(shape: shape, dtype: spec.dtype)))
    }
    let references = nodes.map { TensorReference($0.name) }
    let call = LayerCall(inputs: references)
    nodes.append(LayerNode(name: "checked", layer: layer, isTrainable: isTrainable, calls: [call]))
    let outputs = try outputCount(layer, inputs, host, dtype)
    let functional = try Functional(
      nodes: nodes, inputs: references, outputs: (0..<outputs).map { TensorReference("checked", output: $0) },
      name: "check")
    var model = try Model(functional, start: .seed(1), dtype: dtype, host: host)
    var numbers = Numbers(seed: 3)
    for index in model.weights.tensors.indices {
      let tensor = model.weights.tensors[index]
      let offset = numbers.tensor(tensor.shape, -0.3, 0.3).cast(to: tensor.dtype)
      model.weights.tensors[index] = tensor + offset
    }
    return model
  }

  private static func outputCount(
    _ layer: any Layer, _ inputs: [TensorSpec], _ host: PluginHost, _ dtype: DType
  ) throws(CoreError) -> Int {
    var scope = BuildScope(dtype: dtype, host: host)
    return try scope.child("checked", layer, inputs: inputs).outputs.count
  }

  private func arguments(batch: Int? = nil, dtype: DType? = nil) -> [Tensor] {
    var numbers = Numbers(seed: 5)
    return inputs.map { spec in
      var shape = spec.shape
      if let batch { shape[0] = batch }
      guard spec.dtype.isFloating else { return Tensor.zeros(shape, dtype: spec.dtype) }
      return numbers.tensor(shape, -1, 1).cast(to: dtype ?? spec.dtype)
    }
  }

  private func run(_ model: Model, _ arguments: [Tensor], isTraining: Bool = false) -> ([Tensor], CallContext) {
    var context = CallContext(weights: model.weights, isTraining: isTraining, random: RandomKey(seed: 9))
    return (model(arguments, &context), context)
  }

  func config() throws {
    for dialect in KerasDialect.allCases {
      let config = KerasConfig(dialect: dialect, host: host)
      let written = try JSON(parsing: config.json(of: model).serialized())
      guard let recipe = try config.model(from: written) as? Functional else { continue }
      let weights = model.weights.tensors
      let again = try Model(recipe, start: .values { _, _ in weights }, host: host)
      let rewritten = try config.json(of: again)
      guard rewritten == written else {
        throw CoreError(.checkFailed, "the config reads back as \(rewritten), expected \(written)")
      }
      guard run(again, arguments()).0.map(\.bytes) == run(model, arguments()).0.map(\.bytes) else {
        throw CoreError(.checkFailed, "read from its config in \(dialect), the layer computes something else")
      }
    }
  }

  func weights() throws {
    var archive = InMemoryArchive(name: "checked")
    try KerasFile(model: model).write(to: &archive, host: host)
    let again = try KerasFile(from: archive, host: host).model
    guard again.weights.keys == model.weights.keys else {
      throw CoreError(
        .checkFailed, "an archive gives weights \(again.weights.keys), expected \(model.weights.keys)")
    }
    for (index, key) in model.weights.keys.enumerated()
    where again.weights.tensors[index].bytes != model.weights.tensors[index].bytes {
      throw CoreError(.checkFailed, "an archive gives another \(key.path)")
    }
  }

  func shapes() throws {
    for batch in [1, 2, 5] {
      let found = run(model, arguments(batch: batch)).0.map(\.spec)
      let expected = model.outputSpecs.map { spec in
        var spec = spec
        if spec.rank > 0 { spec.shape[0] = batch }
        return spec
      }
      guard found == expected else {
        throw CoreError(.checkFailed, "found outputs \(found) for a batch of \(batch), built for \(expected)")
      }
    }
  }

  func modes() -> [String] {
    var findings: [String] = []
    for isTraining in [false, true] {
      let what = isTraining ? "training" : "inference"
      let (first, context) = run(model, arguments(), isTraining: isTraining)
      let (second, again) = run(model, arguments(), isTraining: isTraining)
      if first.map(\.bytes) != second.map(\.bytes) { findings.append("two calls in \(what) give different bits") }
      if !isTraining, !context.updates.isEmpty || !context.assignments.isEmpty {
        findings.append("inference stores new values of weights")
      }
      for (update, same) in zip(context.updates, again.updates) where update.value.bytes != same.value.bytes {
        findings.append("two calls in \(what) store different values of \(update.key.path)")
      }
      for update in context.updates {
        if update.key.isTrainable { findings.append("\(what) stores a value of the trainable \(update.key.path)") }
        if update.value.spec != update.key.spec {
          findings.append("\(what) stores \(update.value.spec) as \(update.key.path), expected \(update.key.spec)")
        }
      }
    }
    return findings
  }

  func frozen() throws {
    let frozen = try Self.model(layer, inputs, host, isTrainable: false)
    let trainable = frozen.weights.keys.filter(\.isTrainable).map(\.path)
    guard trainable.isEmpty else {
      throw CoreError(.checkFailed, "frozen, the layer has trainable weights \(trainable)")
    }
    guard frozen.weights.keys.map(\.spec) == model.weights.keys.map(\.spec) else {
      throw CoreError(.checkFailed, "frozen, the layer has other weights: \(frozen.weights.keys)")
    }
  }

  func plan() throws {
    var findings = Findings()
    let arguments = arguments()
    let plan = try InferencePlan(inputs: arguments.map(\.spec)) { (inputs) throws(CoreError) in run(model, inputs).0 }
    let eager = run(model, arguments).0
    for (index, (planned, eager)) in zip(try plan.run(arguments), eager).enumerated() {
      findings.compare(planned, eager, .float32, "output \(index)")
    }
    try findings.throwIfAny("a plan against eager execution")
  }

  func gradients(_ tolerance: Tolerance) throws {
    let wide = inputs.map { TensorSpec($0.shape, $0.dtype.isFloating ? .float64 : $0.dtype) }
    let model = try Self.model(layer, wide, host, dtype: .float64)
    let arguments = arguments(dtype: .float64)
    let trainable = model.weights.trainableIndices
    let point = arguments + trainable.map { model.weights.tensors[$0] }
    // A gradient with respect to the value that training gives a weight first is no difference of what training computes.
    let assigns = !run(model, arguments, isTraining: true).1.assignments.isEmpty
    for isTraining in assigns ? [false] : [false, true] {
      func value(_ point: [Tensor]) -> [Tensor] {
        var model = model
        for (index, tensor) in zip(trainable, point[arguments.count...]) { model.weights.tensors[index] = tensor }
        return run(model, Array(point[..<arguments.count]), isTraining: isTraining).0
      }
      try checkGradients(value, at: point, name: isTraining ? "training" : "inference", tolerance: tolerance)
    }
  }
}
