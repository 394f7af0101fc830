internal import TensorCore

/// The casts around a layer's function that its dtype policy asks for, as Keras casts the arguments of every layer.
struct LayerPrecision: Sendable {
  /// What floats are cast to on their way in; nil: the model's type.
  private let inputDType: DType?
  /// What weights are cast to; nil: nothing.
  private let weightDType: DType?
  /// What float outputs are cast to; nil: nothing.
  private let outputDType: DType?
  private let modelDType: DType
  private let castsNothing: Bool

  init(_ layer: any Layer, _ policy: DTypePolicy, modelDType: DType) {
    self.modelDType = modelDType
    castsNothing = layer is InputLayer || layer is GraphOperation
    let keeps = type(of: layer).keepsPrecision
    let isModel = layer is Sequential || layer is Functional
    let dtype = isModel ? nil : policy.computeDType
    // What keeps its precision calculates with no fewer bits than the model.
    let widens = keeps && dtype?.isHalf == true
    inputDType = widens ? modelDType : dtype
    weightDType = widens ? (policy.variableDType == nil ? nil : modelDType) : dtype
    outputDType = widens ? dtype : nil
  }

  func cast(_ spec: TensorSpec) -> TensorSpec { TensorSpec(spec.shape, target(of: spec.dtype)) }

  private func target(of dtype: DType) -> DType {
    guard dtype.isFloating, !castsNothing else { return dtype }
    return inputDType ?? modelDType
  }

  func wrap(_ body: Forward) -> Forward {
    Forward(many: { inputs, context in
      let outer = context.computeDType
      context.computeDType = weightDType
      let outputs = body(inputs.map { $0.cast(to: target(of: $0.dtype)) }, &context)
      context.computeDType = outer
      guard let outputDType else { return outputs }
      return outputs.map { $0.dtype.isFloating ? $0.cast(to: outputDType) : $0 }
    })
  }
}
