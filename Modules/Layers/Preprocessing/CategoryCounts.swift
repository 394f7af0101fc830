internal import TensorCore

/// How often each category comes in each sample: `[n] -> [depth]`, `[batch, n] -> [batch, depth]`, and as Keras counts
/// along the axis behind the batch, `[batch, n, ...] -> [batch, ..., depth]`.
///
/// The categories are int32 or int64; from `depth` on they leave no trace. The counts are int64, or of the type of the
/// weights that come as a second input, float32 or float64.
struct CategoryCounts: Operation {
  static let name = "category_counts"

  var depth: Int
  /// Whether only presence counts.
  var isBinary: Bool

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    guard inputs.count == 1 || (inputs.count == 2 && inputs[1].shape == inputs[0].shape), inputs[0].rank > 0 else {
      let found = inputs.map { "\($0)" }.joined(separator: ", ")
      throw CoreError(.shapeMismatch, "\(Self.name): found \(found), expected categories, and weights of their shape")
    }
    guard inputs[0].dtype == .int32 || inputs[0].dtype == .int64 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found categories \(inputs[0]), expected int32 or int64")
    }
    var shape = inputs[0].shape
    shape.remove(at: shape.rank == 1 ? 0 : 1)
    shape.append(depth)
    return [TensorSpec(shape, inputs.count == 2 ? inputs[1].dtype : .int64)]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let indices = inputs[0].cast(to: .int64).scalars(of: Int64.self)
    guard inputs.count == 2 else {
      return count(indices, inputs[0].shape, &outputs[0]) { _ in Int64(1) }
    }
    switch inputs[1].dtype {
    case .float64:
      let weights = inputs[1].scalars(of: Double.self)
      count(indices, inputs[0].shape, &outputs[0]) { weights[$0] }
    default:
      let weights = inputs[1].cast(to: .float32).scalars(of: Float.self)
      count(indices, inputs[0].shape, &outputs[0]) { weights[$0] }
    }
  }

  private func count<Number: Scalar & Numeric>(
    _ indices: [Int64], _ shape: Shape, _ output: inout Tensor, weight: (Int) -> Number
  ) {
    let axis = shape.rank == 1 ? 0 : 1
    let length = shape[axis]
    let inner = shape.array[(axis + 1)...].reduce(1, *)
    output.withMutableScalars(of: Number.self) { counts in
      counts.update(repeating: 0)
      for (place, index) in indices.enumerated() {
        guard index >= 0 else {
          // As in Keras: beyond two axes, it drops these too.
          if shape.rank <= 2 { refuse(index) }
          continue
        }
        guard index < depth else { continue }
        let row = place / (length * inner) * inner + place % inner
        let slot = row * depth + Int(index)
        if isBinary { counts[slot] = 1 } else { counts[slot] += weight(place) }
      }
    }
  }

  private func refuse(_ index: Int64) {
    DataFaults.report(CoreError(.invalidData, "found category \(index), expected numbers from 0 to \(depth - 1)"))
  }
}
