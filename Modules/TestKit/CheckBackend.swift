public import TensorCore

/// Runs a corpus of operations on a backend and compares with the portable rules in float64.
///
/// Every case runs with its inputs as they are (float32) and widened to float64. Integer and bool results must be
/// equal, floating ones within the case's tolerance (`Tolerance.float64` for the widened run).
///
/// - Returns: which cases the backend has a kernel for; the others were left to the portable rules.
/// - Throws: `CoreError` with code `checkFailed` that lists all findings.
@discardableResult
public func checkBackend(
  _ backend: any Backend, corpus: [OperationCase] = OperationCorpus.cases + OperationCorpus.special
) throws(CoreError) -> BackendReport {
  var report = BackendReport()
  var findings = Findings()
  for entry in corpus {
    let wide = entry.inputs.map(\.widened)
    let expected = Execution.$backends.withValue([]) { Tensor.applyAny(entry.operation, wide) }
    var variants = [(entry.inputs, entry.tolerance, entry.name)]
    if entry.inputs.contains(where: { $0.dtype == .float32 }) {
      variants.append((wide, .float64, entry.name + " in float64"))
    }
    for (inputs, tolerance, name) in variants {
      report.caseCount += 1
      if takes(backend, entry.operation, inputs) { report.accelerated.append(name) }
      let found = Execution.$backends.withValue([backend]) { Tensor.applyAny(entry.operation, inputs) }
      let opaque = entry.operation.opaqueOutputs
      for (index, (found, expected)) in zip(found, expected).enumerated() where !opaque.contains(index) {
        let allowed = found.dtype.isFloating ? tolerance : .exact
        findings.compare(found, expected, allowed, "\(name), output \(index)")
      }
    }
  }
  try findings.throwIfAny("backend \(backend.name)")
  return report
}

private func takes(_ backend: any Backend, _ operation: any Operation, _ inputs: [Tensor]) -> Bool {
  let specs = inputs.map(\.spec)
  guard let outputs = try? operation.infer(specs) else { return false }
  let request = KernelRequest(inputs: specs, outputs: outputs, threads: Execution.threads)
  return (try? backend.kernels.kernel(for: operation, request)) != nil
}
