public import TensorCore

/// An argument of an operation in a graph.
public indirect enum Operand: Hashable, Sendable {
  /// One of the call's inputs, by its place among them.
  case input(Int)
  /// As files have it: a number, a name, a slice, an array of numbers.
  case constant(JSON)
  /// A list with tensors in it.
  case list([Operand])

  /// The inputs in it, in order.
  var inputs: [Int] {
    switch self {
    case .input(let index): [index]
    case .constant: []
    case .list(let items): items.flatMap(\.inputs)
    }
  }
}

/// The arguments of a call of an operation, as they were written: by place and by name.
public struct Operands: Hashable, Sendable {
  public var placed: [Operand]
  public var named: [String: Operand]
  /// The names in the order of the file.
  var order: [String]

  public init(_ placed: [Operand], named: KeyValuePairs<String, Operand> = [:]) {
    self.init(placed, named: named.map { ($0.key, $0.value) })
  }

  init(_ placed: [Operand], named: [(String, Operand)]) {
    self.placed = placed
    self.named = Dictionary(named) { _, last in last }
    order = named.map(\.0)
  }
}
