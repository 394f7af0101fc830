public import TensorCore

/// `forward(inputs)`, differentiated by `pullback` instead of by the rules of the operations in it.
///
///     // The identity whose gradient is clipped to [-1, 1].
///     let y = withCustomGradient([x], forward: { $0 }, pullback: { p in [p.gradient().clamped(-1, 1)] })[0]
///
/// - Parameters:
///   - inputs: everything that gradients flow to. Tensors that `forward` takes from around it get none.
///   - outputSpecs: the specs of what `forward` returns. nil: found by running `forward` on tensors without values, so
///     give them where `forward` reads scalars.
///   - forward: the value. Sees plain values.
///   - pullback: one gradient per input, of that input's spec; nil for zero.
///
/// For an operation with attributes, or one that backends accelerate, write a type that conforms to
/// `DifferentiableOperation`. Traps where `forward` breaks a shape rule.
public func withCustomGradient(
  _ inputs: [Tensor], outputSpecs: [TensorSpec]? = nil,
  forward: @escaping @Sendable ([Tensor]) -> [Tensor],
  pullback: @escaping @Sendable (Pullback) -> [Tensor?]
) -> [Tensor] {
  let inputSpecs = inputs.map(\.spec)
  do throws(CoreError) {
    let specs = if let outputSpecs { outputSpecs } else { try specsByCapture(inputSpecs, forward) }
    let rule = ClosureOperation.Rule(forward: forward, pullback: pullback)
    return Tensor.apply(ClosureOperation(inputSpecs: inputSpecs, outputSpecs: specs, rule: rule), inputs)
  } catch {
    error.trap()
  }
}

private func specsByCapture(
  _ inputs: [TensorSpec], _ forward: ([Tensor]) -> [Tensor]
) throws(CoreError) -> [TensorSpec] {
  let graph = try GraphCapture.capture(inputs, forward)
  return graph.outputs.map { graph.specs[$0] }
}

/// An operation whose rules are closures, for one list of input specs.
struct ClosureOperation: DifferentiableOperation {
  static let name = "custom_gradient"

  /// Closures have no equality; two are the same if they are the same object.
  final class Rule: Sendable, Hashable {
    let forward: @Sendable ([Tensor]) -> [Tensor]
    let pullback: @Sendable (Pullback) -> [Tensor?]

    init(
      forward: @escaping @Sendable ([Tensor]) -> [Tensor], pullback: @escaping @Sendable (Pullback) -> [Tensor?]
    ) {
      self.forward = forward
      self.pullback = pullback
    }

    static func == (a: Rule, b: Rule) -> Bool { a === b }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }

  let inputSpecs: [TensorSpec]
  let outputSpecs: [TensorSpec]
  let rule: Rule

  var outputCount: Int { outputSpecs.count }

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard inputs == inputSpecs else {
      throw CoreError(.shapeMismatch, "\(Self.name): found inputs \(inputs), expected \(inputSpecs)")
    }
    return outputSpecs
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    write(rule.forward(inputs), into: &outputs, of: Self.name)
  }

  func pullback(_ p: Pullback) -> [Tensor?] { rule.pullback(p) }
}

/// Copies computed results to where they are wanted. Traps where they are not what was announced.
func write(_ results: [Tensor], into outputs: inout [Tensor], of name: String) {
  CoreError.require(
    results.map(\.spec) == outputs.map(\.spec), .shapeMismatch,
    "\(name): found results \(results.map(\.spec)), expected \(outputs.map(\.spec))")
  for (index, result) in results.enumerated() {
    result.withBytes { source in outputs[index].withMutableBytes { $0.copyMemory(from: source) } }
  }
}
