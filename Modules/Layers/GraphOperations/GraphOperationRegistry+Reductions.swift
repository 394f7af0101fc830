internal import TensorCore

// Over axes of one tensor: all of them, unless told which.
extension GraphOperationRegistry {
  static let reductions: Family = [
    reduction("Sum") { ($0.dtype == .bool ? $0.cast(to: .int32) : $0).sum(axes: $1, keepDims: $2) },
    reduction("Mean") { $0.asFloat.mean(axes: $1, keepDims: $2) },
    reduction("Prod") { $0.prod(axes: $1, keepDims: $2) },
    reduction("Max") { $0.max(axes: $1, keepDims: $2) }, reduction("Amax") { $0.max(axes: $1, keepDims: $2) },
    reduction("Min") { $0.min(axes: $1, keepDims: $2) }, reduction("Amin") { $0.min(axes: $1, keepDims: $2) },
    reduction("Ptp") { $0.max(axes: $1, keepDims: $2) - $0.min(axes: $1, keepDims: $2) },
    reduction("Var") { $0.asFloat.variance(axes: $1, keepDims: $2) },
    reduction("Std") { $0.asFloat.variance(axes: $1, keepDims: $2).sqrt() },
    reduction("All") { $0.cast(to: .bool).all(axes: $1, keepDims: $2) },
    reduction("Any") { $0.cast(to: .bool).any(axes: $1, keepDims: $2) },
    reduction("Logsumexp") { $0.asFloat.logSumExp(axes: $1, keepDims: $2) },
    reduction("CountNonzero") { $0.notEqual(0).cast(to: .int32).sum(axes: $1, keepDims: $2) },
    (
      "Average",
      { call in
        let x = try call.tensor("x").asFloat
        let axes = try call.axes(of: x)
        guard call.has("weights", 1) else { return [x.mean(axes: axes)] }
        var weights = try call.tensor("weights", 1).cast(to: x.dtype)
        if weights.rank == 1, x.rank > 1, axes.count == 1 {
          var shape = [Int](repeating: 1, count: x.rank)
          shape[axes[0]] = weights.shape[0]
          weights = weights.reshaped(shape)
        }
        weights = weights.broadcast(to: try call.broadcast([x, weights]))
        return [(x * weights).sum(axes: axes) / weights.sum(axes: axes)]
      }
    ),
    (
      "Moments",
      { call in
        let x = try call.tensor("x")
        let (axes, keeps) = (try call.axes("axes", of: x), call.flag("keepdims"))
        return [x.mean(axes: axes, keepDims: keeps), x.variance(axes: axes, keepDims: keeps)]
      }
    ),
    (
      "Norm",
      { call in
        let x = try call.tensor("x").asFloat
        let (axes, keeps) = (try call.axes(of: x), call.flag("keepdims"))
        return [try x.norm(call.value("ord"), axes, keeps, call)]
      }
    ),
    (
      "Normalize",
      { call in
        let x = try call.tensor("x").asFloat
        let (axes, epsilon) = (try call.axes(of: x), try call.number("epsilon", default: 1e-7))
        let order = try call.number("order", default: 2)
        if order == 2 { return [x * x.square().sum(axes: axes, keepDims: true).maximum(epsilon * epsilon).rsqrt()] }
        return [x / (try x.norm(.number(order), axes, true, call)).maximum(epsilon)]
      }
    ),
  ]

  private static func reduction(
    _ name: String, _ body: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor
  ) -> (String, GraphFunction) {
    (
      name,
      { call in
        let x = try call.tensor("x")
        let axes = try call.axes(of: x)
        let y = body(x, axes, call.flag("keepdims"))
        guard call.has("initial") else { return [y] }
        let start = Tensor(scalar: try call.number("initial", default: 0), dtype: y.dtype)
        return [name.hasSuffix("in") ? y.minimum(start) : y.maximum(start)]
      }
    )
  }
}

extension Tensor {
  /// NumPy's norms of vectors, and Frobenius's of matrices.
  fileprivate func norm(_ order: JSON?, _ axes: [Int], _ keeps: Bool, _ call: OperationCall) throws(CoreError) -> Tensor
  {
    let isEuclidean = order == nil || ["fro", "euclidean"].contains(order?.stringValue ?? "")
    if isEuclidean || (order?.doubleValue == 2 && axes.count == 1) {
      return square().sum(axes: axes, keepDims: keeps).sqrt()
    }
    let infinity = order?.stringValue == "inf" || order?.doubleValue == .infinity
    if infinity, axes.count == 1 { return abs().max(axes: axes, keepDims: keeps) }
    guard let power = order?.doubleValue, power > 0, axes.count == 1 else {
      throw call.invalid("ord \(order ?? nil) over \(axes.count) axes", "a positive order of vectors, or \"fro\"")
    }
    if power == 1 { return abs().sum(axes: axes, keepDims: keeps) }
    return abs().pow(power).sum(axes: axes, keepDims: keeps).pow(1 / power)
  }
}
