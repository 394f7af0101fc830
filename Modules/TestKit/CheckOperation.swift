internal import AutoDiff
public import TensorCore

/// Checks an operation's three rules on one list of inputs, portably (no backend takes part).
///
/// - The shape rule gives as many specs as `outputCount` says, and throws on one input too few or too many.
/// - The value rule writes every element, gives the same bits for any number of threads, and agrees in float32 and
///   float64. Where the operation aliases, the views have the values that the value rule computes.
/// - Computed over an input that `overwritableInputs` names, and by its `portableKernel`, it gives the same bits.
/// - Captured in a graph and run, it gives what it gives eagerly.
/// - The gradient rule (required where a floating input meets a floating output) agrees with central differences, and
///   gives the same for an input alone as for all together.
/// - With `derivatives: 2` the same holds for the gradient of the gradient.
///
/// - Throws: `CoreError` with code `checkFailed` that lists all findings.
public func checkOperation(
  _ operation: any Operation, inputs: [Tensor], name: String? = nil, derivatives: Int = 2,
  float32Tolerance: Tolerance = .float32, gradientTolerance: Tolerance = .gradient
) throws(CoreError) {
  var check = OperationCheck(operation: operation, inputs: inputs)
  Execution.$backends.withValue([]) {
    check.shapeRule()
    guard check.findings.isEmpty else { return }
    check.valueRule()
    check.inPlace()
    check.prepared()
    check.precision(float32Tolerance)
    check.capture()
    if derivatives > 0 { check.gradientRule(order: derivatives, gradientTolerance) }
  }
  try check.findings.throwIfAny(name ?? "operation \(type(of: operation).name) of \(inputs.map(\.spec))")
}

private struct OperationCheck {
  let operation: any Operation
  let inputs: [Tensor]
  var findings = Findings()
  /// By the shape rule.
  var outputSpecs: [TensorSpec] = []

  init(operation: any Operation, inputs: [Tensor]) {
    self.operation = operation
    self.inputs = inputs
  }

  mutating func shapeRule() {
    let specs = inputs.map(\.spec)
    do {
      outputSpecs = try operation.infer(specs)
    } catch {
      return findings.add("the shape rule refuses the inputs: \(error)")
    }
    if outputSpecs.count != operation.outputCount {
      findings.add("the shape rule gives \(outputSpecs.count) outputs, outputCount says \(operation.outputCount)")
    }
    if !specs.isEmpty, (try? operation.infer(specs.dropLast())) != nil {
      findings.add("the shape rule accepts \(specs.count - 1) inputs, expected an error")
    }
    if (try? operation.infer(specs + [specs.last ?? TensorSpec([])])) != nil {
      findings.add("the shape rule accepts \(specs.count + 1) inputs, expected an error")
    }
  }

  /// By the value rule, into bytes that had some other value before.
  private func evaluated(over filler: UInt8, threads: Int, _ inputs: [Tensor], _ specs: [TensorSpec]) -> [Tensor] {
    var outputs = specs.map { Tensor(uninitialized: $0) }
    for index in outputs.indices {
      outputs[index].withMutableBytes { for byte in $0.indices { $0[byte] = filler } }
    }
    Execution.$threadCount.withValue(threads) { operation.evaluate(inputs, into: &outputs) }
    return outputs
  }

  /// What is to be compared: not the outputs that are nobody else's business.
  private func comparable(_ outputs: [Tensor]) -> [Tensor] {
    outputs.indices.filter { !operation.opaqueOutputs.contains($0) }.map { outputs[$0] }
  }

  mutating func valueRule() {
    let reference = evaluated(over: 0, threads: 1, inputs, outputSpecs)
    if reference.map(\.spec) != outputSpecs {
      findings.add("the value rule gives \(reference.map(\.spec)), the shape rule \(outputSpecs)")
    }
    let again = evaluated(over: 0xA5, threads: 1, inputs, outputSpecs)
    if comparable(again).map(\.bytes) != comparable(reference).map(\.bytes) {
      findings.add("the value rule does not write every element, or is not deterministic")
    }
    for threads in [2, 5] {
      let others = evaluated(over: 0, threads: threads, inputs, outputSpecs)
      guard comparable(others).map(\.bytes) != comparable(reference).map(\.bytes) else { continue }
      findings.add("the value rule gives other bits on \(threads) threads than on one")
    }
    if let views = operation.alias(inputs, outputSpecs) {
      if views.map(\.spec) != outputSpecs || views.map(\.bytes) != reference.map(\.bytes) {
        findings.add("the views differ from what the value rule computes")
      }
    }
  }

  /// Over the bytes of inputs that may be overwritten.
  mutating func inPlace() {
    let specs = inputs.map(\.spec)
    let expected = comparable(evaluated(over: 0, threads: 1, inputs, outputSpecs)).map(\.bytes)
    for (output, candidates) in operation.overwritableInputs(specs).enumerated() {
      for input in candidates where specs[input].byteCount == outputSpecs[output].byteCount {
        let arena = Arena(byteCount: max(specs[input].byteCount, 1))
        inputs[input].withBytes { bytes in
          if let from = bytes.baseAddress { arena.base.copyMemory(from: from, byteCount: bytes.count) }
        }
        var (arguments, outputs) = (inputs, outputSpecs.map { Tensor(uninitialized: $0) })
        arguments[input] = arena.tensor(at: 0, specs[input])
        outputs[output] = arena.tensor(at: 0, outputSpecs[output])
        operation.evaluate(arguments, into: &outputs)
        guard comparable(outputs).map(\.bytes) != expected else { continue }
        findings.add("output \(output) over input \(input), which may be overwritten, has other values")
      }
    }
  }

  /// By the kernel that the operation makes for the case, if it does.
  mutating func prepared() {
    guard let prepared = try? PreparedOperation(operation, inputs: inputs.map(\.spec), backends: []),
      prepared.kernel != nil
    else { return }
    let expected = comparable(evaluated(over: 0, threads: 1, inputs, outputSpecs))
    if comparable(prepared.run(inputs)).map(\.bytes) != expected.map(\.bytes) {
      findings.add("the portable kernel gives other values than the value rule")
    }
  }

  /// float32 against float64, where the operation takes both.
  mutating func precision(_ tolerance: Tolerance) {
    guard inputs.contains(where: { $0.dtype == .float32 }) else { return }
    let wide = inputs.map(\.widened)
    guard let wideSpecs = try? operation.infer(wide.map(\.spec)) else {
      return findings.add("the shape rule takes float32 but not float64")
    }
    let found = evaluated(over: 0, threads: 1, inputs, outputSpecs)
    let expected = evaluated(over: 0, threads: 1, wide, wideSpecs)
    for (index, (found, expected)) in zip(comparable(found), comparable(expected)).enumerated() {
      findings.compare(found, expected, tolerance, "output \(index) in float32 against float64")
    }
  }

  mutating func capture() {
    do {
      let graph = try GraphCapture.capture(inputs.map(\.spec)) { Tensor.applyAny(operation, $0) }
      let specs = graph.outputs.map { graph.specs[$0] }
      if specs != outputSpecs { findings.add("captured, the outputs are \(specs), expected \(outputSpecs)") }
      // Nothing that an interpreter watches goes into an operation without inputs: there is nothing to capture.
      let eager = Tensor.applyAny(operation, inputs)
      if comparable(graph.run(inputs)).map(\.bytes) != comparable(eager).map(\.bytes) {
        findings.add("a captured graph gives other values than eager execution")
      }
    } catch {
      findings.add("cannot be captured: \(error)")
    }
  }

  mutating func gradientRule(order: Int, _ tolerance: Tolerance) {
    let point = inputs.map(\.widened)
    let floating = point.indices.filter { point[$0].dtype.isFloating }
    guard !floating.isEmpty, outputSpecs.contains(where: \.dtype.isFloating) else { return }
    guard operation is any DifferentiableOperation else { return findings.add("there is no gradient rule") }
    let operation = operation
    func value(_ arguments: [Tensor]) -> [Tensor] { Tensor.applyAny(operation, arguments) }
    findings.collect { try checkGradients(value, at: point, name: "first order", tolerance: tolerance) }
    let (values, pull) = pullback(at: point, value)
    let cotangents = randomCotangents(for: values)
    let gradients = pull(cotangents)
    if floating.count > 1 {
      for index in floating {
        let (_, pullOne) = pullback(at: [point[index]]) { one in
          var arguments = point
          arguments[index] = one[0]
          return value(arguments)
        }
        findings.compare(
          pullOne(cotangents)[0], gradients[index], .float64,
          "the gradient of input \(index) alone against that of all together")
      }
    }
    guard order > 1, findings.isEmpty else { return }
    // The vector-Jacobian product is a function of the point and of the cotangents: differentiate that.
    func product(_ arguments: [Tensor]) -> [Tensor] {
      let (_, pull) = pullback(at: Array(arguments.prefix(point.count)), value)
      return pull(Array(arguments.dropFirst(point.count)))
    }
    findings.collect { try checkGradients(product, at: point + cotangents, name: "second order", tolerance: tolerance) }
  }
}
