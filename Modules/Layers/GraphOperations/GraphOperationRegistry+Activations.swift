internal import TensorCore

// keras.ops' activations: those of the activation registry by the operations' class names.
extension GraphOperationRegistry {
  static let activations: Family =
    names.map { name, activation in
      (name, { call in [try activated(try call.tensor("x").asFloat, activation, call)] })
    } + softmaxes

  private static let names = [
    ("Relu", "relu"), ("Relu6", "relu6"), ("Sigmoid", "sigmoid"), ("SparseSigmoid", "sparse_sigmoid"),
    ("Softplus", "softplus"), ("Softsign", "softsign"), ("SoftShrink", "soft_shrink"), ("SparsePlus", "sparse_plus"),
    ("Silu", "silu"), ("Squareplus", "squareplus"), ("LogSigmoid", "log_sigmoid"), ("LeakyRelu", "leaky_relu"),
    ("HardSigmoid", "hard_sigmoid"), ("HardSilu", "hard_silu"), ("Elu", "elu"), ("Selu", "selu"), ("Gelu", "gelu"),
    ("Celu", "celu"), ("Glu", "glu"), ("TanhShrink", "tanh_shrink"), ("HardTanh", "hard_tanh"),
    ("HardShrink", "hard_shrink"), ("Threshold", "threshold"), ("ReLU", "ReLU"),
  ]

  private static let softmaxes: Family = [
    ("Softmax", { call in [try call.tensor("x").asFloat.overAxes(call) { $0.softmax(axis: $1) }] }),
    ("LogSoftmax", { call in [try call.tensor("x").asFloat.overAxes(call) { $0.logSoftmax(axis: $1) }] }),
  ]

  private static func activated(_ x: Tensor, _ name: String, _ call: OperationCall) throws(CoreError) -> Tensor {
    var settings = call.settings
    for (key, operand) in call.operands.named { if case .constant(let value) = operand { settings[key] = value } }
    // Of the function of keras.ops, where Keras 3 left it out.
    if name == "gelu", settings["approximate"] == nil { settings["approximate"] = true }
    return try Activation(name, config: settings).rule(in: PluginHost()).apply(x)
  }
}

extension Tensor {
  /// A function over one axis, or over several taken together, or over all.
  fileprivate func overAxes(_ call: OperationCall, _ body: (Tensor, Int) -> Tensor) throws(CoreError) -> Tensor {
    let isGiven = call.operand("axis", 1) != nil
    let axes = isGiven ? try call.axes(of: self) : [rank - 1]
    if axes.count == 1 { return body(self, axes[0]) }
    let order = (0..<rank).filter { !axes.contains($0) } + axes
    let moved = transposed(order)
    let flat = body(moved.reshaped(moved.shape.array.prefix(rank - axes.count) + [-1]), -1).reshaped(moved.shape)
    var back = [Int](repeating: 0, count: rank)
    for (place, axis) in order.enumerated() { back[axis] = place }
    return flat.transposed(back)
  }
}
