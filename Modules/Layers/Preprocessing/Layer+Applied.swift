public import TensorCore

extension Layer {
  /// This layer on data, as a model of it alone computes it in inference, its weights as they begin: for preprocessing
  /// outside of models. For many calls, make such a model once: `Model(Sequential([InputLayer(...), layer]))`.
  ///
  /// - Parameter inputs: `[batch, ...]` each.
  /// - Returns: the (first) output.
  /// - Throws: `CoreError` where the layer's settings, or the data, do not suit it.
  public func callAsFunction(_ inputs: Tensor...) throws(CoreError) -> Tensor {
    var scope = BuildScope()
    let layer = try scope.child(LayerNamer.snakeCase(Self.kind), self, inputs: inputs.map(\.spec))
    let weights = try scope.weights(.seed(0), root: layer)
    return try DataFaults.collecting { () throws(CoreError) in
      var context = CallContext(weights: weights)
      return layer.forward(inputs, &context)[0]
    }
  }
}
