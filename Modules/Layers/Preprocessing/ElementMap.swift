internal import TensorCore

/// Numbers for the elements of a tensor, found one by one: categories and words as `Operation`s.
///
/// Text (uint8 `[..., n]`) gives one number per string, `[...]`; integers give one each. The numbers are int64. Equal to
/// itself alone: a plan keeps apart what may be different.
struct ElementMap: Operation {
  static let name = "element_map"

  /// Of the bytes of a string, or of an integer.
  enum Rule: Sendable {
    case text(@Sendable ([UInt8]) -> Int64)
    case integers(@Sendable (Int64) -> Int64)
  }

  private final class Identity: Sendable {
    let rule: Rule

    init(_ rule: Rule) { self.rule = rule }
  }

  private let identity: Identity

  init(_ rule: Rule) { identity = Identity(rule) }

  static func == (a: ElementMap, b: ElementMap) -> Bool { a.identity === b.identity }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(identity)) }

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    var shape = inputs[0].shape
    switch identity.rule {
    case .text:
      try expectText(inputs[0], Self.name)
      shape.remove(at: shape.rank - 1)
    case .integers:
      guard inputs[0].dtype == .int64 else {
        throw CoreError(.dtypeMismatch, "\(Self.name): found \(inputs[0]), expected int64")
      }
    }
    return [TensorSpec(shape, .int64)]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    switch identity.rule {
    case .text(let map):
      let strings = inputs[0].utf8Strings
      outputs[0].withMutableScalars(of: Int64.self) { results in
        for index in strings.indices { results[index] = map(strings[index]) }
      }
    case .integers(let map):
      inputs[0].withScalars(of: Int64.self) { numbers in
        outputs[0].withMutableScalars(of: Int64.self) { results in
          for index in numbers.indices { results[index] = map(numbers[index]) }
        }
      }
    }
  }
}

/// Throws unless a tensor is one of strings.
func expectText(_ spec: TensorSpec, _ what: String) throws(CoreError) {
  guard spec.dtype == .uint8, spec.rank > 1 else {
    throw CoreError(
      .dtypeMismatch, "\(what): found \(spec), expected strings: uint8 with the bytes last, as Tensor(strings:) makes")
  }
}
