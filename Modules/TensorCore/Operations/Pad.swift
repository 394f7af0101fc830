internal import CKernels

/// `value` around a tensor: `before[axis]` times in front of it and `after[axis]` times behind it. Any element type.
public struct Pad: Operation {
  public static let name = "pad"

  public var before: [Int]
  public var after: [Int]
  public var value: Double

  public init(before: [Int], after: [Int], value: Double = 0) {
    self.before = before
    self.after = after
    self.value = value
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectOnePerAxis(before, "padding before", of: inputs[0])
    try expectOnePerAxis(after, "padding after", of: inputs[0])
    guard (before + after).allSatisfy({ $0 >= 0 }) else {
      throw CoreError(
        .invalidArgument, "pad: found padding \(before) before and \(after) after, expected no number below 0")
    }
    let shape = Shape((0..<inputs[0].rank).map { before[$0] + inputs[0].shape[$0] + after[$0] })
    return [TensorSpec(shape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let (x, y) = (inputs[0], outputs[0])
    guard x.rank > 0 else { return y.take(x) }
    guard y.elementCount > 0 else { return }
    let size = y.dtype.byteCount
    y.dtype.withElement(value) { fill in
      if x.elementCount == 0 {
        ck_fill(y.pointer, y.elementCount, size, fill, Execution.threads32)
      } else {
        x.shape.withDimensions { from in
          y.shape.withDimensions { to in
            ck_pad(x.pointer, y.pointer, from, before, to, Int32(x.rank), size, fill, Execution.threads32)
          }
        }
      }
    }
  }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? {
    outputs[0] == inputs[0].spec ? [inputs[0].aliased(as: outputs[0])] : nil
  }
}

extension Tensor {
  /// With `value` around it: `before[axis]` times in front and `after[axis]` times behind.
  public func padded(before: [Int], after: [Int], value: Double = 0) -> Tensor {
    Tensor.apply(Pad(before: before, after: after, value: value), self)
  }
}
