internal import TensorCore

// The functions that TFOpLambda and SlicingOpLambda name: Keras 3's operations with other names of the arguments.
extension GraphOperationRegistry {
  /// - Parameter operations: Keras 3's.
  /// - Returns: `tf.` and the function, and what it computes.
  static func tensorFlow(_ operations: [String: GraphFunction]) -> Family {
    var family: Family = []
    for (names, target, arguments) in tensorFlowNames {
      guard let function = operations[target] else { continue }
      for name in names.split(separator: " ") {
        let defaults = tensorFlowDefaults[target] ?? [:]
        family.append(("tf." + name, { call in try function(call.renamed(arguments, defaults)) }))
      }
    }
    return family + tensorFlowOnly
  }

  private static let pair = ["y": "x2", "x": "x1"]
  private static let reduced = ["input_tensor": "x", "reduction_indices": "axis", "keep_dims": "keepdims"]

  /// Where TensorFlow's differ from those of Keras 3.
  private static let tensorFlowDefaults: [String: JSONObject] = [
    "Gelu": ["approximate": false], "Take": ["axis": 0], "Argmax": ["axis": 0, "output_type": "int64"],
    "Argmin": ["axis": 0, "output_type": "int64"], "Cumsum": ["axis": 0],
  ]

  private static let tensorFlowOnly: Family = [
    (
      "tf.math.squared_difference",
      { call in
        let (a, b) = try call.pair("x", "y")
        _ = try call.broadcast([a, b])
        return [a.squaredDifference(b)]
      }
    ),
    (
      "tf.math.add_n",
      { call in
        let all = try call.tensors("inputs")
        guard all.allSatisfy({ $0.shape == all[0].shape }) else {
          throw call.invalid("\(all.map(\.shape))", "one shape")
        }
        return [all.dropFirst().reduce(all[0]) { $0 + $1 }]
      }
    ),
    (
      "tf.nn.bias_add",
      { call in
        let (x, bias) = try call.pair("value", "bias")
        let isFirst = call.value("data_format")?.stringValue?.hasPrefix("NC") == true
        let row = isFirst ? bias.reshaped([-1] + Array(repeating: 1, count: max(0, x.rank - 2))) : bias
        _ = try call.broadcast([x, row])
        return [x + row]
      }
    ),
    ("tf.math.l2_normalize", { call in [try unitLength(call)] }),
    ("tf.nn.l2_normalize", { call in [try unitLength(call)] }),
    ("tf.split", { call in try split(call) }),
    // The sizes are known wherever a graph runs, so they are a constant of it.
    ("tf.shape", { call in [try shape(call)] }), ("tf.compat.v1.shape", { call in [try shape(call)] }),
  ]

  private static func unitLength(_ call: OperationCall) throws(CoreError) -> Tensor {
    let x = try call.tensor("x")
    let (axes, epsilon) = (try call.axes(of: x), try call.number("epsilon", default: 1e-12))
    return x * x.square().sum(axes: axes, keepDims: true).maximum(epsilon).rsqrt()
  }

  private static func shape(_ call: OperationCall) throws(CoreError) -> Tensor {
    let x = try call.tensor("input")
    return Tensor(x.shape.array.map { Int64($0) }, [x.rank]).cast(to: try call.dtype("out_type") ?? .int32)
  }

  private static func split(_ call: OperationCall) throws(CoreError) -> [Tensor] {
    let x = try call.tensor("value")
    let axis = try call.checked(try call.int("axis", default: 0), rank: x.rank)
    let given = call.value("num_or_size_splits") ?? nil
    var sizes = try call.ints("num_or_size_splits") ?? []
    if let count = given.intValue, count > 0 { sizes = Array(repeating: x.shape[axis] / count, count: count) }
    let rest = x.shape[axis] - sizes.filter { $0 >= 0 }.reduce(0, +)
    sizes = sizes.map { $0 < 0 ? rest : $0 }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.shape[axis] else {
      throw CoreError(.shapeMismatch, "\(call.name): found \(x.shape) along axis \(axis), expected sizes \(given)")
    }
    return x.split(sizes: sizes, axis: axis)
  }

  private static let tensorFlowNames: [(String, String, [String: String])] = [
    ("math.add __operators__.add", "Add", pair), ("math.subtract", "Subtract", pair),
    ("math.multiply", "Multiply", pair), ("math.truediv math.divide", "TrueDivide", pair),
    ("math.divide_no_nan", "DivideNoNan", pair), ("math.floordiv compat.v1.floor_div", "FloorDivide", pair),
    ("math.floormod math.mod", "Mod", pair), ("math.pow", "Power", pair), ("math.maximum", "Maximum", pair),
    ("math.minimum", "Minimum", pair),
    ("math.atan2", "Arctan2", ["y": "x1", "x": "x2"]), ("math.equal __operators__.eq", "Equal", pair),
    ("math.not_equal __operators__.ne", "NotEqual", pair), ("math.less", "Less", pair),
    ("math.less_equal", "LessEqual", pair), ("math.greater", "Greater", pair),
    ("math.greater_equal", "GreaterEqual", pair), ("math.logical_and", "LogicalAnd", pair),
    ("math.logical_or", "LogicalOr", pair), ("math.logical_xor", "LogicalXor", pair),
    ("math.logical_not", "LogicalNot", [:]),
    ("math.negative", "Negative", [:]), ("math.abs", "Absolute", [:]), ("math.exp", "Exp", [:]),
    ("math.log", "Log", [:]),
    ("math.log1p", "Log1p", [:]), ("math.expm1", "Expm1", [:]), ("math.sqrt", "Sqrt", [:]),
    ("math.rsqrt", "Rsqrt", [:]),
    ("math.square", "Square", [:]), ("math.sin", "Sin", [:]), ("math.cos", "Cos", [:]), ("math.tan", "Tan", [:]),
    ("math.tanh nn.tanh", "Tanh", [:]), ("math.sigmoid nn.sigmoid", "Sigmoid", [:]), ("math.sign", "Sign", [:]),
    ("math.floor", "Floor", [:]), ("math.ceil", "Ceil", [:]), ("math.round", "Round", [:]), ("math.erf", "Erf", [:]),
    ("math.reciprocal", "Reciprocal", [:]), ("math.softplus nn.softplus", "Softplus", [:]),
    ("math.is_nan", "Isnan", [:]), ("math.is_finite", "Isfinite", [:]), ("math.asin", "Arcsin", [:]),
    ("math.acos", "Arccos", [:]), ("math.atan", "Arctan", [:]), ("math.sinh", "Sinh", [:]), ("math.cosh", "Cosh", [:]),
    ("cast", "Cast", [:]), ("identity", "Identity", [:]), ("stop_gradient", "StopGradient", [:]),
    ("convert_to_tensor", "ConvertToTensor", [:]), ("zeros_like compat.v1.zeros_like", "ZerosLike", [:]),
    ("ones_like compat.v1.ones_like", "OnesLike", [:]),
    ("clip_by_value", "Clip", ["clip_value_min": "x_min", "clip_value_max": "x_max"]),
    ("where compat.v1.where", "Where", pair),
    ("math.reduce_sum compat.v1.reduce_sum", "Sum", reduced),
    ("math.reduce_mean compat.v1.reduce_mean", "Mean", reduced),
    ("math.reduce_max compat.v1.reduce_max", "Max", reduced), ("math.reduce_min compat.v1.reduce_min", "Min", reduced),
    ("math.reduce_prod compat.v1.reduce_prod", "Prod", reduced), ("math.reduce_std", "Std", reduced),
    ("math.reduce_variance", "Var", reduced), ("math.reduce_all", "All", reduced), ("math.reduce_any", "Any", reduced),
    ("math.reduce_logsumexp", "Logsumexp", reduced), ("math.count_nonzero", "CountNonzero", reduced),
    ("reshape", "Reshape", ["shape": "newshape"]), ("transpose compat.v1.transpose", "Transpose", ["perm": "axes"]),
    ("expand_dims compat.v1.expand_dims", "ExpandDims", [:]),
    ("squeeze compat.v1.squeeze", "Squeeze", ["squeeze_dims": "axis"]),
    ("reverse", "Flip", [:]), ("roll", "Roll", [:]), ("tile", "Tile", ["multiples": "repeats"]),
    ("repeat", "Repeat", [:]),
    ("broadcast_to", "BroadcastTo", [:]), ("pad compat.v1.pad", "Pad", ["paddings": "pad_width"]),
    ("concat", "Concatenate", [:]), ("stack", "Stack", [:]), ("unstack", "Unstack", [:]),
    ("__operators__.getitem", "GetItem", ["slice_spec": "key"]), ("gather compat.v1.gather", "Take", [:]),
    ("linalg.matmul", "Matmul", ["a": "x1", "b": "x2"]), ("tensordot", "Tensordot", ["a": "x1", "b": "x2"]),
    ("norm compat.v1.norm", "Norm", [:]),
    ("math.top_k nn.top_k", "TopK", [:]), ("math.argmax", "Argmax", [:]), ("math.argmin", "Argmin", [:]),
    ("math.cumsum", "Cumsum", [:]), ("one_hot", "OneHot", ["depth": "num_classes"]), ("nn.relu", "Relu", [:]),
    ("nn.relu6", "Relu6", [:]), ("nn.elu", "Elu", [:]), ("nn.selu", "Selu", [:]), ("nn.softsign", "Softsign", [:]),
    ("nn.leaky_relu", "LeakyRelu", [:]), ("nn.gelu", "Gelu", [:]), ("nn.silu nn.swish", "Silu", [:]),
    ("nn.softmax", "Softmax", [:]), ("nn.log_softmax", "LogSoftmax", [:]),
    ("nn.max_pool2d", "MaxPool", ["ksize": "pool_size"]), ("nn.avg_pool2d", "AveragePool", ["ksize": "pool_size"]),
  ]
}

extension OperationCall {
  /// The same call with other names of the arguments. TensorFlow's `name` is none.
  fileprivate func renamed(_ names: [String: String], _ defaults: JSONObject) -> OperationCall {
    let named = operands.order.compactMap { key -> (String, Operand)? in
      guard key != "name", let operand = operands.named[key], operand != .constant(.null) else { return nil }
      return (names[key] ?? key, operand)
    }
    return OperationCall(name, defaults, Operands(operands.placed, named: named), inputs)
  }
}
