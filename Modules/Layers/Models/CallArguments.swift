public import TensorCore

/// How a layer is called besides which tensors: switches like Keras's `use_causal_mask`, and which inputs were given by
/// name.
public struct CallArguments: Sendable {
  private let values: JSONObject
  /// The names of the last inputs.
  private let keywords: [String]
  /// Of an operation: which of its arguments are which inputs.
  let operands: Operands?
  /// Whether masks were given with the call, which then hold instead of those that come with the inputs.
  let hasMasks: Bool

  public init(_ values: JSONObject = [:], keywords: [String] = []) {
    self.init(values, keywords: keywords, operands: nil, hasMasks: false)
  }

  init(_ values: JSONObject, keywords: [String], operands: Operands?, hasMasks: Bool) {
    (self.values, self.keywords) = (values, keywords)
    (self.operands, self.hasMasks) = (operands, hasMasks)
  }

  /// A switch of the call; false where it is not given.
  public func flag(_ name: String) -> Bool { values[name]?.boolValue ?? false }

  /// The index of an input that has a name and, among those given by place, a position.
  ///
  /// - Parameters:
  ///   - name: Keras's name of the argument.
  ///   - position: its place.
  ///   - count: of all inputs.
  /// - Returns: nil where it is not given.
  public func index(of name: String, position: Int, count: Int) -> Int? {
    let placed = count - keywords.count
    if position < placed { return position }
    return keywords.firstIndex(of: name).map { placed + $0 }
  }
}
