/// Products of bfloat16 operands: sums are float32, the result is rounded to bfloat16 once, at the end.
extension Operation {
  /// float32, float64, or bfloat16, whose sums are float32.
  func expectProductFloating(_ spec: TensorSpec) throws(CoreError) {
    guard spec.dtype == .bfloat16 else { return try expectFloating(spec) }
  }

  /// Throws unless the other inputs have the element type of the first. A bias may be float32 beside bfloat16: it is
  /// small, and rounding it would cost accuracy for nothing.
  func expectProductDTypes(_ inputs: [TensorSpec], bias: Int?) throws(CoreError) {
    guard let bias, inputs[0].dtype == .bfloat16, inputs[bias].dtype == .float32 else {
      return try expectSameDType(inputs)
    }
    try expectSameDType(inputs.indices.filter { $0 != bias }.map { inputs[$0] })
  }

  /// The value rule on inputs widened to float32, with the results rounded to what the outputs are.
  func evaluateWidened(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let wide = inputs.map { $0.dtype == .bfloat16 ? Self.converted($0, .float32) : $0 }
    var results = outputs.map { Tensor(uninitialized: TensorSpec($0.shape, .float32)) }
    evaluate(wide, into: &results)
    for (index, result) in results.enumerated() {
      var rounded = [outputs[index]]
      Cast(dtype: outputs[index].dtype).evaluate([result], into: &rounded)
    }
  }

  private static func converted(_ tensor: Tensor, _ dtype: DType) -> Tensor {
    var result = [Tensor(uninitialized: TensorSpec(tensor.shape, dtype))]
    Cast(dtype: dtype).evaluate([tensor], into: &result)
    return result[0]
  }
}
