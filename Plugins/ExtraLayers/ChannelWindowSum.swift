internal import AutoDiff
internal import TensorCore

/// The sums of neighbours along the last axis: `y[..., i] = Σ x[..., j]` over `j` from `i - radius` to `i + radius`, as far as
/// there are such. `[..., channels] -> [..., channels]`; float32 or float64.
///
/// A window sees as many channels before as behind, so the gradient is the same sum of what arrives.
struct ChannelWindowSum: DifferentiableOperation {
  static let name = "apus_channel_window_sum"

  let radius: Int

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    guard inputs[0].dtype == .float32 || inputs[0].dtype == .float64, inputs[0].rank > 0 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found \(inputs[0]), expected float32 or float64 with an axis")
    }
    return inputs
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .float32 {
      fill(&outputs[0], from: inputs[0], Float.self)
    } else {
      fill(&outputs[0], from: inputs[0], Double.self)
    }
  }

  private func fill<S: Scalar & FloatingPoint>(_ output: inout Tensor, from input: Tensor, _: S.Type) {
    let channels = input.shape.last
    guard channels > 0 else { return }
    let reach = min(radius, channels - 1)
    input.withScalars(of: S.self) { x in
      output.withMutableScalars(of: S.self) { y in
        for row in stride(from: 0, to: x.count, by: channels) {
          for index in row..<row + channels { y[index] = x[index] }
          // One neighbour of all channels after the other: loops over contiguous values, in an order that never changes.
          for offset in stride(from: 1, through: reach, by: 1) {
            for index in row..<row + channels - offset { y[index] += x[index + offset] }
            for index in row + offset..<row + channels { y[index] += x[index - offset] }
          }
        }
      }
    }
  }

  func pullback(_ p: Pullback) -> [Tensor?] { [Tensor.apply(self, p.gradient())] }
}
