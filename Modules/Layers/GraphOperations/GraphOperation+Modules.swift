internal import TensorCore

extension GraphOperation {
  /// Where Keras 3 keeps its operations, below `keras.src`.
  static let modules: [String: String] = {
    var modules: [String: String] = [:]
    for name in GraphOperationRegistry.builtIn.names where !name.hasPrefix("tf.") { modules[name] = "ops.numpy" }
    for (name, _) in GraphOperationRegistry.activations + GraphOperationRegistry.neural { modules[name] = "ops.nn" }
    for name in ["OneHot", "MultiHot", "Moments", "Normalize"] { modules[name] = "ops.nn" }
    for name in ["Cast", "SaturateCast", "ConvertToTensor", "StopGradient", "Slice", "Unstack"] {
      modules[name] = "ops.core"
    }
    for name in ["TopK", "Logsumexp", "Rsqrt", "Erf", "Erfc"] { modules[name] = "ops.math" }
    modules["Norm"] = "ops.linalg"
    modules["RGBToGrayscale"] = "ops.image"
    modules["ReLU"] = "activations.activations"
    return modules
  }()
}
