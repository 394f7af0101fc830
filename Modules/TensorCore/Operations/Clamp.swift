internal import CKernels

/// Numbers below `low` become `low`, numbers above `high` become `high`; NaN stays. Integers are compared with the
/// bounds rounded inward.
public struct Clamp: Operation {
  public static let name = "clamp"

  public var low: Double
  public var high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectArithmetic(inputs[0])
    guard low <= high else {
      throw CoreError(.invalidArgument, "clamp: found the bounds \(low) and \(high), expected low <= high")
    }
    return inputs
  }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [[0]] }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    switch x.dtype {
    case .float32: ck_clip_f32(x.source(), Float(low), Float(high), y.destination(), x.elementCount, threads)
    case .float64: ck_clip_f64(x.source(), low, high, y.destination(), x.elementCount, threads)
    case .int32: clamp(x, y, Int32.self)
    case .int64: clamp(x, y, Int64.self)
    case .uint8: clamp(x, y, UInt8.self)
    default: x.dtype.hasNoKernel(Clamp.name)
    }
  }

  private func clamp<S: FixedWidthInteger>(_ x: Tensor, _ y: Tensor, _: S.Type) {
    let (source, destination) = (x.source(S.self), y.destination(S.self))
    let low = Clamp.bound(low.rounded(.up), S.self)
    let high = Clamp.bound(high.rounded(.down), S.self)
    for index in 0..<x.elementCount { destination[index] = min(max(source[index], low), high) }
  }

  private static func bound<S: FixedWidthInteger>(_ value: Double, _: S.Type) -> S {
    S(exactly: value) ?? (value < 0 ? S.min : S.max)
  }
}

extension Tensor {
  /// Each number, or the nearer bound where it lies outside `low...high`.
  public func clamped(_ low: Double, _ high: Double) -> Tensor { Tensor.apply(Clamp(low: low, high: high), self) }
}
