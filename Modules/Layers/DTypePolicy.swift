internal import TensorCore

/// In which element types a layer keeps its weights and calculates. Keras: `keras.DTypePolicy`.
public enum DTypePolicy: String, Sendable, CaseIterable {
  /// The element type of the model, for both.
  case float32
  /// Calculates with bfloat16 on float32 weights: half the memory traffic, the range of float32, 8 bits of precision.
  case mixedBfloat16 = "mixed_bfloat16"
  /// Calculates with float16 on float32 weights: 11 bits of precision, a small range. Train it with a loss scale.
  case mixedFloat16 = "mixed_float16"

  /// What inputs and weights are cast to; nil: nothing.
  var computeDType: DType? {
    switch self {
    case .float32: nil
    case .mixedBfloat16: .bfloat16
    case .mixedFloat16: .float16
    }
  }

  /// From the `dtype` of a layer's config: a name, or Keras 3's `DTypePolicy` or Keras 2's `Policy` around one. Other
  /// policies are taken as `float32`: the model's element type says what the weights are.
  init(config: JSON?) {
    let name = config?.stringValue ?? config?["config"]?["name"]?.stringValue ?? ""
    self = DTypePolicy(rawValue: name) ?? .float32
  }

  /// As Keras 3 writes it.
  var config: JSON {
    [
      "module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(rawValue)], "registered_name": nil,
    ]
  }
}

extension LayerNode {
  /// The policy that the layer's config names. Input layers have none.
  public var dtypePolicy: DTypePolicy {
    get { layer is InputLayer ? .float32 : DTypePolicy(config: extras["dtype"]) }
    set { if !(layer is InputLayer) { extras["dtype"] = newValue.config } }
  }
}

extension Sequential {
  /// The same layers, all of them, at any depth, under this policy.
  public func withDTypePolicy(_ policy: DTypePolicy) -> Sequential {
    var result = self
    result.nodes = nodes.map { $0.withDTypePolicy(policy) }
    return result
  }
}

extension Functional {
  /// The same graph, all of its layers, at any depth, under this policy.
  public func withDTypePolicy(_ policy: DTypePolicy) -> Functional {
    var result = self
    result.nodes = nodes.map { $0.withDTypePolicy(policy) }
    return result
  }
}

extension LayerNode {
  fileprivate func withDTypePolicy(_ policy: DTypePolicy) -> LayerNode {
    var result = self
    switch layer {
    case let model as Sequential: result.layer = model.withDTypePolicy(policy)
    case let model as Functional: result.layer = model.withDTypePolicy(policy)
    default: result.dtypePolicy = policy
    }
    return result
  }
}
