internal import TensorCore

/// In which element types a layer keeps its weights and calculates. Keras: `keras.DTypePolicy`.
///
/// `withDTypePolicy` gives all layers of a model one. `DTypePolicy.$global.withValue(.mixedBfloat16) { ... }` gives it to
/// every layer and model that is made in there, also from a file whose layers name none.
public enum DTypePolicy: String, Sendable, CaseIterable {
  /// The element type of the model, for both.
  case float32
  /// float64 for both, whatever the model's.
  case float64
  /// float16 for both: updates of weights smaller than their 11 bits are lost. Prefer `mixedFloat16`.
  case float16
  /// bfloat16 for both: updates of weights smaller than their 8 bits are lost. Prefer `mixedBfloat16`.
  case bfloat16
  /// Calculates with bfloat16 on float32 weights: half the memory traffic, the range of float32, 8 bits of precision.
  case mixedBfloat16 = "mixed_bfloat16"
  /// Calculates with float16 on float32 weights: 11 bits of precision, a small range. Trained with a scaled loss.
  case mixedFloat16 = "mixed_float16"
  /// int32 for what a layer without weights makes of categories. Floats are not cast.
  case int32
  /// The same with int64.
  case int64

  /// Those that any layer may have.
  public static let allCases = [float32, float64, float16, bfloat16, mixedBfloat16, mixedFloat16]

  /// Of layers and models that name none, when they are made. Keras: `keras.config.set_dtype_policy`.
  @TaskLocal public static var global = DTypePolicy.float32

  /// What inputs and weights are cast to; nil: nothing.
  var computeDType: DType? {
    switch self {
    case .float32, .int32, .int64: nil
    case .float64: .float64
    case .bfloat16, .mixedBfloat16: .bfloat16
    case .float16, .mixedFloat16: .float16
    }
  }

  /// What weights are kept in; nil: the model's element type.
  var variableDType: DType? {
    switch self {
    case .float32, .mixedBfloat16, .mixedFloat16, .int32, .int64: nil
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }

  /// Of a policy of integers.
  var integerDType: DType? { self == .int32 ? .int32 : self == .int64 ? .int64 : nil }

  /// From the `dtype` of a layer's config: a name, or Keras 3's `DTypePolicy` or Keras 2's `Policy` around one. The name of
  /// an integer type, as layers without weights may have it, means that no float is cast.
  ///
  /// Throws `invalidConfig` for a policy that cannot be honoured, as all quantized ones, and for what is none.
  init(config: JSON?) throws(CoreError) {
    guard let config, !config.isNull else {
      self = .float32
      return
    }
    let kind = config["class_name"]?.stringValue
    guard let name = config.stringValue ?? (kind == nil ? nil : config["config"]?["name"]?.stringValue) else {
      let found = kind.map { "\($0) \(config["config"] ?? nil)" } ?? "\(config)"
      throw Self.objection(found)
    }
    guard kind == nil || Self.kinds.contains(kind ?? "") else { throw Self.objection("\(kind ?? "") \"\(name)\"") }
    // Keras 2 before 2.4: the type of the first input.
    if let policy = DTypePolicy(rawValue: Self.otherNames[name] ?? name) {
      self = policy
    } else if Self.namesWithoutCast.contains(name) || name == "_infer" {
      self = .float32
    } else {
      throw Self.objection("\"\(name)\"")
    }
  }

  private static let kinds: Set = ["DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1"]
  private static let otherNames = ["float": "float32", "half": "float16", "double": "float64"]
  static let namesWithoutCast: Set = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "string", "int",
  ]

  private static func objection(_ found: String) -> CoreError {
    let names = allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return CoreError(
      .invalidConfig, "found dtype \(found), expected one of \(names); quantized policies cannot be honoured")
  }

  /// As Keras 3 writes it.
  var config: JSON {
    [
      "module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(rawValue)], "registered_name": nil,
    ]
  }
}

extension LayerNode {
  /// The policy that the layer's config names, `float32` where that names none. Input layers have none.
  public var dtypePolicy: DTypePolicy {
    get { (try? declaredDTypePolicy()) ?? .float32 }
    set { if !(layer is InputLayer) { extras["dtype"] = newValue.config } }
  }

  /// Throws `invalidConfig` where the config's policy cannot be honoured.
  func declaredDTypePolicy() throws(CoreError) -> DTypePolicy {
    do throws(CoreError) {
      return layer is InputLayer ? .float32 : try DTypePolicy(config: extras["dtype"])
    } catch {
      throw error.inside(name)
    }
  }

  /// Throws `invalidConfig` where a layer with weights has the policy of one that has none.
  func checkDTypePolicy(of built: BuiltLayer) throws(CoreError) {
    guard !built.ownKeys.isEmpty, !(layer is InputLayer) else { return }
    let dtype = extras["dtype"]
    guard let found = dtype?.stringValue ?? dtype?["config"]?["name"]?.stringValue,
      DTypePolicy.namesWithoutCast.contains(found)
    else { return }
    throw CoreError(
      .invalidConfig, "found dtype \"\(found)\" of a layer with weights, expected a float type", path: [name])
  }

  /// Under the global policy, where the config names none.
  mutating func takeGlobalDTypePolicy() {
    let policy = DTypePolicy.global
    guard policy != .float32, extras["dtype"]?.isNull ?? true, !isComposite else { return }
    dtypePolicy = policy
  }

  private var isComposite: Bool { layer is Sequential || layer is Functional }
}

extension Sequential {
  /// The same layers, all of them, at any depth, under this policy, and the model too.
  public func withDTypePolicy(_ policy: DTypePolicy) -> Sequential {
    var result = self
    result.extras["dtype"] = nil
    result.nodes = nodes.map { $0.withDTypePolicy(policy) }
    result.dtypePolicy = policy
    return result
  }
}

extension Model {
  /// The policy of the model itself, which decides whether a trainer scales the loss: that of `withDTypePolicy`, or the
  /// global one when its layers were put together. As in Keras, a file does not change it.
  public var dtypePolicy: DTypePolicy {
    (root.layer as? Sequential)?.dtypePolicy ?? (root.layer as? Functional)?.dtypePolicy ?? .float32
  }
}

extension Functional {
  /// The same graph, all of its layers, at any depth, under this policy, and the model too.
  public func withDTypePolicy(_ policy: DTypePolicy) -> Functional {
    var result = self
    result.nodes = nodes.map { $0.withDTypePolicy(policy) }
    result.dtypePolicy = policy
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
