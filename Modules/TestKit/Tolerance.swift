/// How far a number may be from the expected one: `|found - expected| <= absolute + relative * |expected|`.
public struct Tolerance: Hashable, Sendable {
  public var absolute: Double
  public var relative: Double

  public init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
  }

  /// Bit for bit, but that every NaN is equal to every other.
  public static let exact = Tolerance(absolute: 0, relative: 0)
  /// float32 results of one operation against the same in float64.
  public static let float32 = Tolerance(absolute: 1e-5, relative: 1e-4)
  /// float64 results of two ways to compute the same.
  public static let float64 = Tolerance(absolute: 1e-11, relative: 1e-10)
  /// Gradients in float64 against central differences with a step of about 1e-5.
  public static let gradient = Tolerance(absolute: 2e-6, relative: 2e-5)

  /// Whether `found` is near enough. NaN agrees with NaN, an infinity with the same infinity.
  public func accepts(_ found: Double, _ expected: Double) -> Bool {
    if found == expected || (found.isNaN && expected.isNaN) { return true }
    return abs(found - expected) <= absolute + relative * abs(expected)
  }
}
