internal import AutoDiff
public import TensorCore

/// Checks the gradients of `f` at `inputs` against central differences.
///
/// Floating inputs are cast to float64 and `f` is called with those, so it must work in float64. The gradient is that
/// of Σ cᵢ fᵢ with random c; up to `maximumElements` elements of every floating input are checked.
///
/// - Parameters:
///   - f: from the inputs to any number of tensors. Smooth near `inputs`: stay a few `step`s away from kinks.
///   - inputs: the point. Integer and bool tensors are passed on and not differentiated.
///   - name: what to call `f` in findings.
///   - tolerance: how far gradient and difference may be apart.
///   - step: the difference taken, relative to `max(1, |x|)`.
///   - maximumElements: how many elements of an input are tried.
/// - Throws: `CoreError` with code `checkFailed` that lists input, element, found and expected value of all that differ.
public func checkGradients(
  _ f: ([Tensor]) -> [Tensor], at inputs: [Tensor], name: String = "f", tolerance: Tolerance = .gradient,
  step: Double = 1e-5, maximumElements: Int = 64
) throws(CoreError) {
  let point = inputs.map(\.widened)
  let (values, pull) = pullback(at: point, f)
  let cotangents = randomCotangents(for: values)
  let gradients = pull(cotangents)
  var findings = Findings()
  for (index, x) in point.enumerated() where x.dtype.isFloating {
    let found = gradients[index].doubles
    let elements = x.doubles
    for element in spread(elements.count, maximumElements) {
      let h = step * max(1, abs(elements[element]))
      func values(_ offset: Double) -> [Tensor] {
        var moved = elements
        moved[element] += offset
        var arguments = point
        arguments[index] = Tensor(moved, x.shape)
        return f(arguments)
      }
      let expected = dot(cotangents, values(h), values(-h)) / (2 * h)
      guard !tolerance.accepts(found[element], expected) else { continue }
      findings.add(
        "input \(index) \(x.shape), element \(element) (x = \(elements[element])): found gradient \(found[element]), "
          + "expected \(expected) by central differences")
    }
  }
  try findings.throwIfAny("gradients of \(name)")
}

/// `checkGradients` for a function with one result.
public func checkGradients(
  _ f: ([Tensor]) -> Tensor, at inputs: [Tensor], name: String = "f", tolerance: Tolerance = .gradient,
  step: Double = 1e-5, maximumElements: Int = 64
) throws(CoreError) {
  func several(_ inputs: [Tensor]) -> [Tensor] { [f(inputs)] }
  try checkGradients(
    several, at: inputs, name: name, tolerance: tolerance, step: step, maximumElements: maximumElements)
}

/// Random gradients for results; zeros for those that have none.
func randomCotangents(for values: [Tensor]) -> [Tensor] {
  var numbers = Numbers(seed: 7)
  return values.map { value in
    value.dtype.isFloating ? numbers.tensor(value.shape, -1, 1).cast(to: value.dtype) : Tensor.zeros(like: value)
  }
}

/// At most `limit` of `0..<count`, evenly spread, first and last included.
private func spread(_ count: Int, _ limit: Int) -> [Int] {
  guard count > limit, limit > 1 else { return Array(0..<count) }
  return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
}

/// Σ c (a - b), over the results that have gradients.
private func dot(_ cotangents: [Tensor], _ a: [Tensor], _ b: [Tensor]) -> Double {
  var sum = 0.0
  for (index, cotangent) in cotangents.enumerated() where cotangent.dtype.isFloating {
    let (c, p, q) = (cotangent.doubles, a[index].doubles, b[index].doubles)
    for element in c.indices { sum += c[element] * (p[element] - q[element]) }
  }
  return sum
}
