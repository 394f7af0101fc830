import TensorCore
import TestKit

/// What Keras's float32 results are compared with: `|a - b| <= 1e-5 + 1e-4 |b|`.
extension Tolerance {
  static let keras = Tolerance(absolute: 1e-5, relative: 1e-4)
}

/// How far two tensors are apart where they are further than allowed: the worst element. nil where they agree.
func difference(
  _ found: Tensor, _ expected: Tensor, _ what: String, _ tolerance: Tolerance = .keras
) -> String? {
  guard found.shape == expected.shape else {
    return "\(what): found shape \(found.shape), expected \(expected.shape)"
  }
  let a = found.cast(to: .float64).scalars(of: Double.self)
  let b = expected.cast(to: .float64).scalars(of: Double.self)
  let wrong = a.indices.filter { !tolerance.accepts(a[$0], b[$0]) }
  let excess = { (index: Int) in
    let ratio = abs(a[index] - b[index]) / (tolerance.absolute + tolerance.relative * abs(b[index]))
    return ratio.isNaN ? .infinity : ratio
  }
  guard let worst = wrong.max(by: { excess($0) < excess($1) }) else { return nil }
  return "\(what): \(wrong.count) of \(a.count) elements differ, most at \(worst): found \(a[worst]), "
    + "expected \(b[worst]), \(excess(worst)) times what is allowed"
}

/// Where two JSON values differ in meaning, by path: `1` and `1.0` are one number, the order of keys means nothing.
func differences(_ found: JSON, _ expected: JSON, at path: String = "") -> [String] {
  switch (found, expected) {
  case (.object(let a), .object(let b)):
    let extra = a.keys.filter { b[$0] == nil }.map { "\(path)/\($0): found \(a[$0] ?? nil), expected no such key" }
    return extra
      + b.flatMap { key, value in
        guard let own = a[key] else { return ["\(path)/\(key): found no such key, expected \(value)"] }
        return differences(own, value, at: "\(path)/\(key)")
      }
  case (.array(let a), .array(let b)) where a.count == b.count:
    return zip(a, b).enumerated().flatMap { differences($1.0, $1.1, at: "\(path)[\($0)]") }
  default:
    if let a = found.doubleValue, let b = expected.doubleValue { return a == b ? [] : ["\(path): \(a), not \(b)"] }
    return found == expected ? [] : ["\(path): found \(found), expected \(expected)"]
  }
}
