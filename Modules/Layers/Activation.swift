public import TensorCore

/// An activation function by its Keras name: `.relu`, `.softmax`, or one that a plugin registered.
///
/// In a config it is a name (`"relu"`) or a serialised object with settings
/// (`{"class_name": "LeakyReLU", "config": {...}}`).
public struct Activation: Hashable, Sendable {
  /// Keras's name.
  public var name: String
  /// Settings, as in the config of the class of that name; empty for a plain function.
  public var config: JSONObject

  public init(_ name: String, config: JSONObject = [:]) {
    self.name = name
    self.config = config
  }

  /// What a name stands for.
  public struct Rule: Sendable {
    /// Set where a kernel's epilogue can do it.
    public var fusable: FusableActivation?
    /// `[..., units] -> [..., units]`
    public var apply: @Sendable (Tensor) -> Tensor

    public init(_ fusable: FusableActivation) {
      self.fusable = fusable
      apply = { $0.activated(fusable) }
    }

    public init(apply: @escaping @Sendable (Tensor) -> Tensor) { self.apply = apply }
  }

  /// The rule behind the name. Throws `unknownName` with the names that there are.
  public func rule(in host: PluginHost) throws(CoreError) -> Rule {
    guard let make = host.activations[name] else {
      throw CoreError(
        .unknownName,
        "found activation \"\(name)\", expected one of \(host.activations.names.joined(separator: ", ")); "
          + "PluginHost.register(activation:) adds one")
    }
    do {
      return try make(config)
    } catch {
      throw CoreError(wrapping: error)
    }
  }
}

/// The slot for activations: from a config to a rule.
public enum ActivationRegistry: RegistryKey {
  public typealias Entry = @Sendable (JSONObject) throws -> Activation.Rule

  public static let builtIn = Registry<Entry>(Activation.builtIn)
}

extension PluginHost {
  public var activations: Registry<ActivationRegistry.Entry> { self[ActivationRegistry.self] }

  /// Adds an activation function under a name.
  public mutating func register(activation name: String, _ rule: Activation.Rule) {
    register(ActivationRegistry.self, name) { _ in rule }
  }
}

/// An activation ready for use inside a layer's function.
public struct BuiltActivation: Sendable {
  /// For the epilogue of `linear` or `conv`; `.linear` where the function has to run after it.
  public let epilogue: FusableActivation
  private let rule: Activation.Rule?
  private let remembered: CallContext.Logits.Kind?

  init(_ activation: Activation, _ rule: Activation.Rule) {
    switch activation.name {
    case "softmax", "softmax_v2", "Softmax":
      remembered = activation.config["axis"]?.intValue ?? -1 == -1 ? .softmax : nil
    case "sigmoid": remembered = .sigmoid
    default: remembered = nil
    }
    epilogue = remembered == nil ? rule.fusable ?? .linear : .linear
    self.rule = remembered == nil && rule.fusable != nil ? nil : rule
  }

  /// What remains to be done after the epilogue.
  public func finish(_ x: Tensor, _ context: inout CallContext) -> Tensor {
    guard let rule else { return x }
    let y = rule.apply(x)
    if let remembered { context.rememberLogits(remembered, x, of: y) }
    return y
  }

  /// The whole function, for layers without an epilogue.
  public func callAsFunction(_ x: Tensor, _ context: inout CallContext) -> Tensor {
    rule == nil ? x.activated(epilogue) : finish(x, &context)
  }
}

extension BuildScope {
  /// An activation of the config, looked up.
  public func activation(_ activation: Activation) throws(CoreError) -> BuiltActivation {
    BuiltActivation(activation, try activation.rule(in: host))
  }
}
