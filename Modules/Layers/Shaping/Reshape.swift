public import TensorCore

/// The same numbers in another shape: `[batch, ...] -> [batch, targetShape...]`. Keras: `Reshape`.
public struct Reshape: Layer {
  public static let kind = "Reshape"
  public static let template = Reshape([])
  public static let requiredKeys = ["target_shape"]

  /// Without the batch; one number may be -1 and follows from the others.
  public var targetShape: [Int]

  public init(_ targetShape: [Int]) { self.targetShape = targetShape }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let known = targetShape.filter { $0 != -1 }
    let isShape =
      known.allSatisfy { $0 > 0 } && targetShape.count - known.count <= 1 && targetShape.count < Shape.maximumRank
    try expect(
      isShape, "target_shape", "\(targetShape)",
      "at most \(Shape.maximumRank - 1) numbers above 0, one of "
        + "which may be -1")
    let count = input.shape.array.dropFirst().reduce(1, *)
    let product = known.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    let isExact = known.count == targetShape.count
    guard product > 0, isExact ? product == count : count % product == 0 else {
      throw CoreError(
        .shapeMismatch,
        "Reshape: found target_shape \(targetShape) for an input \(Shape.batchDescription(input.shape)), expected one of "
          + "\(count) elements")
    }
    let targetShape = targetShape
    return Forward { x, _ in
      let size = x.shape.array.dropFirst().reduce(1, *)
      return x.reshaped(Shape([x.shape[0]] + targetShape.map { $0 == -1 ? size / product : $0 }))
    }
  }
}
