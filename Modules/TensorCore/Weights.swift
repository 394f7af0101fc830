/// The identity of one weight: its place in the declaration order, its path, what it looks like.
public struct WeightKey: Hashable, Sendable {
  public let slot: Int
  /// `"block1/conv/kernel"`: layer path and the weight's own name.
  public let path: String
  public let spec: TensorSpec
  public let isTrainable: Bool

  public init(slot: Int, path: String, spec: TensorSpec, isTrainable: Bool = true) {
    self.slot = slot
    self.path = path
    self.spec = spec
    self.isTrainable = isTrainable
  }
}

/// Named tensors in declaration order: a model's parameters, gradients, an optimizer's moments, a checkpoint.
///
/// A value: a snapshot is an assignment.
public struct Weights: Sendable {
  public private(set) var keys: [WeightKey]
  /// Parallel to `keys`.
  public var tensors: [Tensor]

  /// Traps where the two differ in number or a tensor does not look as its key says.
  public init(keys: [WeightKey], tensors: [Tensor]) {
    CoreError.require(
      keys.count == tensors.count, .shapeMismatch, "\(keys.count) weight keys for \(tensors.count) tensors")
    for (key, tensor) in zip(keys, tensors) {
      CoreError.require(
        key.spec == tensor.spec, .shapeMismatch, "weight \(key.path): found \(tensor.spec), expected \(key.spec)")
    }
    self.keys = keys
    self.tensors = tensors
  }

  public init() { (keys, tensors) = ([], []) }

  public var count: Int { keys.count }

  /// By position, not by search: `key` must be of these weights (or of weights with the same keys).
  public subscript(_ key: WeightKey) -> Tensor {
    get { tensors[key.slot] }
    set { tensors[key.slot] = newValue }
  }

  public subscript(path: String) -> Tensor? {
    get { keys.firstIndex { $0.path == path }.map { tensors[$0] } }
    set {
      guard let index = keys.firstIndex(where: { $0.path == path }), let newValue else { return }
      tensors[index] = newValue
    }
  }

  /// The total number of scalars.
  public var parameterCount: Int { keys.reduce(0) { $0 + $1.spec.elementCount } }

  /// Another tensor for every weight, e.g. zeros for an optimizer's moments.
  public func mapTensors(_ transform: (WeightKey, Tensor) throws -> Tensor) rethrows -> Weights {
    var result = self
    for index in keys.indices { result.tensors[index] = try transform(keys[index], tensors[index]) }
    return result
  }

  /// The positions of the trainable weights, in order.
  public var trainableIndices: [Int] { keys.indices.filter { keys[$0].isTrainable } }
}
