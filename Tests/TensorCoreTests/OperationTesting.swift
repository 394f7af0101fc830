import TensorCore
import Testing

/// Numbers that look arbitrary and are exact in float32, so that both float types start from the same values.
func sampleValues(_ count: Int, seed: UInt64 = 1) -> [Double] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(state >> 53) - 1024) / 512
  }
}

/// A tensor of `sampleValues`, float32 or float64.
func sample(_ shape: Shape, seed: UInt64 = 1, _ dtype: DType = .float64) -> Tensor {
  tensor(sampleValues(shape.elementCount, seed: seed), shape, dtype)
}

func tensor(_ values: [Double], _ shape: Shape, _ dtype: DType) -> Tensor {
  switch dtype {
  case .float32: Tensor(values.map(Float.init), shape)
  case .int32: Tensor(values.map { Int32($0) }, shape)
  case .int64: Tensor(values.map { Int64($0) }, shape)
  case .uint8: Tensor(values.map { UInt8($0) }, shape)
  default: Tensor(values, shape)
  }
}

/// The elements as numbers, whatever the type.
func numbers(_ tensor: Tensor) -> [Double] {
  switch tensor.dtype {
  case .float32: tensor.scalars(of: Float.self).map(Double.init)
  case .int32: tensor.scalars(of: Int32.self).map(Double.init)
  case .int64: tensor.scalars(of: Int64.self).map(Double.init)
  case .uint8: tensor.scalars(of: UInt8.self).map(Double.init)
  case .bool: tensor.scalars(of: Bool.self).map { $0 ? 1 : 0 }
  default: tensor.scalars(of: Double.self)
  }
}

/// The sum of products that a float type gets right: relative to the size of the terms.
func tolerance(_ dtype: DType) -> Double { dtype == .float32 ? 2e-5 : 1e-12 }

func expectClose(
  _ found: Tensor, _ expected: [Double], _ shape: Shape, within tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.shape == shape, sourceLocation: sourceLocation)
  let found = numbers(found)
  guard found.count == expected.count else {
    Issue.record("found \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for index in found.indices {
    let (a, b) = (found[index], expected[index])
    if a == b || a.isNaN && b.isNaN { continue }
    if abs(a - b) <= tolerance * max(1, abs(b)) { continue }
    Issue.record("element \(index): found \(a), expected \(b)", sourceLocation: sourceLocation)
    return
  }
}

/// Every index of a shape, in row-major order.
func indices(_ shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { heads, count in heads.flatMap { head in (0..<count).map { head + [$0] } } }
}

/// Where an index lies in row-major order.
func position(_ index: [Int], _ shape: [Int]) -> Int {
  zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
}

/// What a shape rule says against these inputs, or "" where it is content.
func objection(_ operation: some TensorCore.Operation, _ inputs: TensorSpec...) -> String {
  do {
    _ = try operation.infer(inputs)
    return ""
  } catch {
    return error.description
  }
}

/// The error of a graph capture of `body`, or "" where there is none.
func captureError(_ inputs: TensorSpec..., body: ([Tensor]) -> [Tensor]) -> String {
  do {
    _ = try GraphCapture.capture(inputs, body)
    return ""
  } catch {
    return error.description
  }
}
