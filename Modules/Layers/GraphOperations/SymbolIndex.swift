internal import TensorCore

/// What is taken of one axis of a symbol, as an index in Python's `x[...]`.
public enum SymbolIndex: Sendable, ExpressibleByIntegerLiteral {
  /// All of it: `:`.
  case all
  /// From a place up to, but without, another, with a step: `start:stop:step`. nil is the end of the axis.
  case range(Int?, Int?, by: Int? = nil)
  /// One place; the axis is dropped.
  case at(Int)
  /// All axes that are not named: `...`.
  case rest
  /// A new axis of size 1: `None`.
  case newAxis

  public init(integerLiteral value: Int) { self = .at(value) }

  var json: JSON {
    switch self {
    case .all: Self.slice(nil, nil, nil)
    case .range(let start, let stop, let step): Self.slice(start, stop, step)
    case .at(let place): .integer(place)
    case .rest: ["class_name": "__ellipsis__", "config": [:]]
    case .newAxis: nil
    }
  }

  private static func slice(_ start: Int?, _ stop: Int?, _ step: Int?) -> JSON {
    func number(_ value: Int?) -> JSON { value.map { .integer($0) } ?? nil }
    return ["class_name": "__slice__", "config": ["start": number(start), "stop": number(stop), "step": number(step)]]
  }
}
