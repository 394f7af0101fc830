public import TensorCore

/// What a check has found wrong so far, to be thrown as one error.
struct Findings {
  private var messages: [String] = []
  private var omittedCount = 0
  /// Beyond this many, findings are counted only.
  private let limit = 12

  var isEmpty: Bool { messages.isEmpty }

  mutating func add(_ message: String) {
    if messages.count < limit { messages.append(message) } else { omittedCount += 1 }
  }

  /// Runs a check and takes over what it throws.
  mutating func collect(_ check: () throws -> Void) {
    do { try check() } catch { add("\(error)") }
  }

  /// Adds a finding per element (the first few) in which two tensors differ, or one where their specs do.
  mutating func compare(_ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance, _ what: String) {
    guard found.shape == expected.shape else {
      return add("\(what): found \(found.spec), expected \(expected.spec)")
    }
    let (a, b) = (found.doubles, expected.doubles)
    let wrong = a.indices.filter { !tolerance.accepts(a[$0], b[$0]) }
    guard let first = wrong.first else { return }
    add(
      "\(what): \(wrong.count) of \(a.count) elements differ; element \(first): found \(a[first]), expected \(b[first])"
    )
  }

  func throwIfAny(_ title: String) throws(CoreError) {
    guard !messages.isEmpty else { return }
    let rest = omittedCount > 0 ? ["and \(omittedCount) more"] : []
    throw CoreError(.checkFailed, ([title + ":"] + messages + rest).joined(separator: "\n  "))
  }
}

extension CoreError.Code {
  /// A check of TestKit found something wrong; the message lists everything it found.
  public static let checkFailed = CoreError.Code("checkFailed")
}

extension Tensor {
  /// The elements as float64, whatever the element type.
  var doubles: [Double] { cast(to: .float64).scalars(of: Double.self) }

  /// The same in float64 where this is floating.
  var widened: Tensor { dtype.isFloating ? cast(to: .float64) : self }

  /// The bytes, to compare bit for bit.
  var bytes: [UInt8] { withBytes { Array($0) } }
}

/// The same numbers on every run, for cotangents and sample values (SplitMix64).
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }

  mutating func tensor(_ shape: Shape, _ low: Double, _ high: Double) -> Tensor {
    var numbers = self
    defer { self = numbers }
    return Tensor((0..<shape.elementCount).map { _ in numbers.uniform(low, high) }, shape)
  }
}
