/// Checks of inputs by their role: indices, gradients, biases, attributes with a number per axis.
extension Operation {
  /// Throws unless the other inputs have the element type of the first.
  func expectSameDType(_ inputs: [TensorSpec]) throws(CoreError) {
    for input in inputs.dropFirst() where input.dtype != inputs[0].dtype {
      throw CoreError(
        .dtypeMismatch,
        "\(Self.name): found inputs \(inputs[0]) and \(input), expected equal element types; cast one of them")
    }
  }

  /// Throws unless an attribute has a number for every axis of the input.
  func expectOnePerAxis(_ attribute: [Int], _ name: String, of input: TensorSpec) throws(CoreError) {
    guard attribute.count == input.rank else {
      throw CoreError(
        .shapeMismatch, "\(Self.name): found \(name) \(attribute) for an input \(input), expected \(input.rank) numbers"
      )
    }
  }

  /// Throws unless an input has this shape.
  func expectShape(_ input: TensorSpec, _ shape: Shape, _ role: String) throws(CoreError) {
    guard input.shape == shape else {
      throw CoreError(.shapeMismatch, "\(Self.name): found \(role) \(input), expected shape \(shape)")
    }
  }

  /// Throws unless the input can be used as indices.
  func expectIndices(_ input: TensorSpec) throws(CoreError) {
    guard input.dtype == .int32 || input.dtype == .int64 else {
      throw CoreError(.dtypeMismatch, "\(Self.name): found indices \(input), expected int32 or int64; cast them first")
    }
  }

  /// For operations that broadcast: those of `candidates` that are as large as the result, element by element.
  func elementwiseOverwritable(_ inputs: [TensorSpec], _ candidates: [Int]) -> [[Int]] {
    guard let output = try? infer(inputs).first else { return [] }
    return [candidates.filter { inputs[$0] == output }]
  }
}
