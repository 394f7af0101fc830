public import TensorCore

/// A recurrent layer forwards and another backwards in time, their outputs together. Schuster and Paliwal 1997. Keras:
/// `Bidirectional`.
///
/// Inputs and outputs are those of the layer, but that initial and final states are those of the forward layer followed by
/// those of the backward one, and that the merge mode says what becomes of the two outputs.
public struct Bidirectional: Layer {
  public static let kind = "Bidirectional"
  public static let template = Bidirectional(LSTM(units: 1))
  public static let requiredKeys = ["layer"]

  /// What becomes of the two outputs, by Keras's names.
  public enum MergeMode: String, Codable, Sendable {
    /// One behind the other, forward first.
    case concat
    case sum
    /// Their mean.
    case ave
    /// Their product.
    case mul
  }

  /// nil: two outputs.
  public var mergeMode: MergeMode?
  public var layer: NestedLayer
  /// nil: the same layer the other way round.
  public var backwardLayer: NestedLayer?

  public init(_ layer: any SequenceLayer, mergeMode: MergeMode? = .concat, backward: (any SequenceLayer)? = nil) {
    (self.layer, self.mergeMode) = (NestedLayer(layer), mergeMode)
    backwardLayer = backward.map { NestedLayer($0) }
  }

  public var maskRule: MaskRule { .own }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let (forward, backward) = try directions()
    guard !inputs.isEmpty, inputs.count % 2 == 1 else {
      throw CoreError(
        .shapeMismatch,
        "Bidirectional: found \(inputs.count) inputs, expected a sequence and as many initial states for each direction"
      )
    }
    let half = (inputs.count - 1) / 2
    let first = try scope.nested(forward.nested, inputs: Array(inputs.prefix(1 + half)))
    let second = try scope.nested(backward.nested, inputs: [inputs[0]] + inputs.suffix(half))
    let (mergeMode, isSequence, hasStates) = (mergeMode, forward.layer.returnSequences, forward.layer.returnState)
    return Forward(many: { inputs, context in
      let masks = context.masks
      let half = (inputs.count - 1) / 2
      var y = first.forward(Array(inputs.prefix(1 + half)), &context)
      context.masks = masks
      var reversed = second.forward([inputs[0]] + inputs.suffix(half), &context)
      if isSequence { reversed[0] = reversed[0].reversed(axes: [1]) }
      let merged = Self.merge(y.removeFirst(), reversed.removeFirst(), mergeMode)
      let mask = isSequence ? masks.first ?? nil : nil
      context.masks = merged.map { _ in mask }
      return hasStates ? merged + y + reversed : merged
    })
  }

  private static func merge(_ a: Tensor, _ b: Tensor, _ mode: MergeMode?) -> [Tensor] {
    switch mode {
    case .concat: [Tensor.concatenate([a, b], axis: a.rank - 1)]
    case .sum: [a + b]
    case .ave: [(a + b) / 2]
    case .mul: [a * b]
    case nil: [a, b]
    }
  }

  private struct Direction {
    var nested: NestedLayer
    let layer: any SequenceLayer
  }

  /// Both layers, named as Keras names them. As there, masked steps of sequences give zeros.
  private func directions() throws(CoreError) -> (Direction, Direction) {
    guard var forward = layer.layer as? any SequenceLayer else {
      throw CoreError(.invalidConfig, "Bidirectional: found \(layer.node.kind), expected a recurrent layer")
    }
    var backward = forward
    if let backwardLayer {
      guard let own = backwardLayer.layer as? any SequenceLayer else {
        throw CoreError(.invalidConfig, "Bidirectional: found \(backwardLayer.node.kind), expected a recurrent layer")
      }
      backward = own
    } else {
      backward.goBackwards = true
    }
    guard forward.goBackwards != backward.goBackwards, forward.returnSequences == backward.returnSequences,
      forward.returnState == backward.returnState
    else {
      throw CoreError(
        .invalidConfig,
        "Bidirectional: found two layers that differ in what they return or go the same way, expected one forwards and "
          + "one backwards")
    }
    forward.zeroOutputForMask = forward.returnSequences
    backward.zeroOutputForMask = backward.returnSequences
    var (first, second) = (layer, backwardLayer ?? layer)
    (first.layer, second.layer) = (forward, backward)
    first.node.name = Self.name("forward_", layer.node.name)
    if backwardLayer == nil { second.node.name = Self.name("backward_", layer.node.name) }
    return (Direction(nested: first, layer: forward), Direction(nested: second, layer: backward))
  }

  private static func name(_ prefix: String, _ name: String) -> String {
    if name.hasPrefix(prefix) { return name }
    // A file has the forward layer's name.
    let base = name.hasPrefix("forward_") ? String(name.dropFirst("forward_".count)) : name
    return prefix + base
  }
}

extension Bidirectional: SequenceLayer {
  public var returnSequences: Bool { (layer.layer as? any SequenceLayer)?.returnSequences ?? false }
  public var returnState: Bool { (layer.layer as? any SequenceLayer)?.returnState ?? false }
  public var stateful: Bool { (layer.layer as? any SequenceLayer)?.stateful ?? false }
  /// Both ways at once; setting it changes nothing.
  public var goBackwards: Bool {
    get { false }
    set {}
  }
  /// As Keras has it for sequences; setting it changes nothing.
  public var zeroOutputForMask: Bool {
    get { returnSequences }
    set {}
  }
}

extension Bidirectional: DialectSpelling {
  /// Keras 2 writes a backward layer only where it was given one.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2, config["backward_layer"]?.isNull == true { config["backward_layer"] = nil }
  }
}
