internal import TensorCore

/// Checks of targets that losses share.
enum Targets {
  /// Targets of the predictions' shape and element type; an axis of length 1 at the end may be missing or too many.
  static func sameShape(
    _ targets: Tensor, as prediction: TensorSpec, for loss: String
  ) throws(CoreError) -> Tensor {
    if targets.dtype == prediction.dtype, haveSameRows(targets.shape, prediction.shape, rank: prediction.rank) {
      return targets
    }
    var shape = targets.shape.array
    let expected = prediction.shape.array
    if shape.count + 1 == expected.count, expected.last == 1 { shape.append(1) }
    if shape.count == expected.count + 1, shape.last == 1 { shape.removeLast() }
    guard shape.count == expected.count, shape.dropFirst().elementsEqual(expected.dropFirst()) else {
      throw CoreError(
        .shapeMismatch,
        "\(loss): found targets of shape \(open(targets.shape)), expected \(open(prediction.shape)), the shape of the "
          + "predictions")
    }
    return try cast(targets, to: prediction.dtype, for: loss).reshaped(shape)
  }

  /// Whether a shape has `rank` axes, and those after the first are the other's. Steps ask for every batch: no arrays.
  private static func haveSameRows(_ shape: Shape, _ other: Shape, rank: Int) -> Bool {
    guard rank > 0, shape.rank == rank, other.rank >= rank else { return false }
    for axis in 1..<rank where shape[axis] != other[axis] { return false }
    return true
  }

  /// Labels as int64, `[batch, ...]`: the predictions' shape without the classes. An axis of length 1 may stand for them.
  static func labels(
    _ targets: Tensor, for prediction: TensorSpec, ignoring ignored: Int?, loss: String
  ) throws(CoreError) -> Tensor {
    if targets.dtype == .int64, prediction.rank >= 2,
      haveSameRows(targets.shape, prediction.shape, rank: prediction.rank - 1)
    {
      try check(targets, classes: prediction.shape.last, ignoring: ignored, loss)
      return targets
    }
    var shape = targets.shape.array
    let expected = prediction.shape.array.dropLast()
    if shape.count == expected.count + 1, shape.last == 1 { shape.removeLast() }
    guard prediction.rank >= 2, shape.count == expected.count, shape.dropFirst().elementsEqual(expected.dropFirst())
    else {
      let isOneHot = targets.shape.array.dropFirst().elementsEqual(prediction.shape.array.dropFirst())
      throw CoreError(
        .shapeMismatch,
        "\(loss): found targets of shape \(open(targets.shape)), expected integer labels \(open(Shape(expected))) for "
          + "predictions \(open(prediction.shape))"
          + (isOneHot ? "; one-hot targets go with categorical_crossentropy" : ""))
    }
    let labels = try integers(targets, loss).reshaped(shape)
    try check(labels, classes: prediction.shape.last, ignoring: ignored, loss)
    return labels
  }

  /// Throws where a label is none of the classes, nor the ignored one.
  private static func check(
    _ labels: Tensor, classes: Int, ignoring ignored: Int?, _ loss: String
  ) throws(CoreError) {
    let wrong = labels.withScalars(of: Int64.self) { scalars in
      scalars.firstIndex { ($0 < 0 || $0 >= classes) && Int($0) != ignored }
    }
    if let wrong {
      let label = labels.withScalars(of: Int64.self) { $0[wrong] }
      throw CoreError(
        .invalidData,
        "\(loss): found label \(label) at position \(position(wrong, labels.shape)), expected one from 0 to "
          + "\(classes - 1) for \(classes) classes")
    }
  }

  static func integers(_ targets: Tensor, _ loss: String) throws(CoreError) -> Tensor {
    if targets.dtype == .int64 { return targets }
    let labels = targets.cast(to: .int64)
    guard targets.dtype.isFloating else { return labels }
    let values = targets.cast(to: .float64)
    let wrong = values.withScalars(of: Double.self) { scalars in scalars.firstIndex { $0 != $0.rounded() } }
    if let wrong {
      let value = values.withScalars(of: Double.self) { $0[wrong] }
      throw CoreError(
        .invalidData,
        "\(loss): found label \(value) at position \(position(wrong, targets.shape)), expected a whole number")
    }
    return labels
  }

  static func cast(_ targets: Tensor, to dtype: DType, for loss: String) throws(CoreError) -> Tensor {
    targets.dtype == dtype ? targets : targets.cast(to: dtype)
  }

  /// A shape in Keras's notation, the batch open.
  static func open(_ shape: Shape) -> String {
    let parts = ["None"] + shape.array.dropFirst().map(String.init)
    return shape.rank == 0 ? "()" : "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
  }

  /// The index of the element at a row-major offset: `17`, or `[3, 2]`.
  static func position(_ offset: Int, _ shape: Shape) -> String {
    guard shape.rank > 1 else { return "\(offset)" }
    var rest = offset
    let index = shape.strides.map { stride in
      defer { rest %= stride }
      return rest / stride
    }
    return "\(index)"
  }
}
