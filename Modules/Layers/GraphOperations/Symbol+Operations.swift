public import TensorCore

/// Operations of Keras 3 on the values of a functional model, with NumPy's broadcasting.
///
/// ```swift
/// let centered = x - x.mean(axes: [1], keepDims: true)
/// let first = x[.all, 0]
/// ```
extension Symbol {
  /// Any registered operation, with one result.
  ///
  /// - Parameters:
  ///   - className: Keras's (`"Mean"`), or a registered name.
  ///   - inputs: the tensors among the arguments.
  ///   - operands: the arguments of the call, by place; nil: the inputs one by one.
  ///   - settings: the constructor's arguments: `["axis": 1]`.
  /// - Returns: the result.
  public static func operation(
    _ className: String, _ inputs: [Symbol], operands: [Operand]? = nil, settings: JSONObject = [:]
  ) -> Symbol {
    outputs(of: className, inputs, count: 1, operands: operands, settings: settings)[0]
  }

  /// Any registered operation, with several results.
  ///
  /// - Parameters:
  ///   - className: Keras's (`"Split"`), or a registered name.
  ///   - inputs: the tensors among the arguments.
  ///   - count: how many results there are.
  ///   - operands: the arguments of the call, by place; nil: the inputs one by one.
  ///   - settings: the constructor's arguments: `["axis": 1]`.
  /// - Returns: the results.
  public static func outputs(
    of className: String, _ inputs: [Symbol], count: Int, operands: [Operand]? = nil, settings: JSONObject = [:]
  ) -> [Symbol] {
    let handle = LayerHandle(GraphOperation(className, settings: settings))
    let call = Call(
      layer: handle, inputs: inputs, operands: Operands(operands ?? inputs.indices.map(Operand.input)))
    return (0..<count).map { Symbol(call: call, output: $0) }
  }

  public static func + (a: Symbol, b: Symbol) -> Symbol { operation("Add", [a, b]) }
  public static func - (a: Symbol, b: Symbol) -> Symbol { operation("Subtract", [a, b]) }
  public static func * (a: Symbol, b: Symbol) -> Symbol { operation("Multiply", [a, b]) }
  public static func / (a: Symbol, b: Symbol) -> Symbol { operation("TrueDivide", [a, b]) }

  public static func + (a: Symbol, b: Double) -> Symbol { a.with("Add", b) }
  public static func - (a: Symbol, b: Double) -> Symbol { a.with("Subtract", b) }
  public static func * (a: Symbol, b: Double) -> Symbol { a.with("Multiply", b) }
  public static func / (a: Symbol, b: Double) -> Symbol { a.with("TrueDivide", b) }

  public static func + (a: Double, b: Symbol) -> Symbol { b.with("Add", first: a) }
  public static func - (a: Double, b: Symbol) -> Symbol { b.with("Subtract", first: a) }
  public static func * (a: Double, b: Symbol) -> Symbol { b.with("Multiply", first: a) }
  public static func / (a: Double, b: Symbol) -> Symbol { b.with("TrueDivide", first: a) }

  public static prefix func - (a: Symbol) -> Symbol { operation("Negative", [a]) }

  /// Part of a tensor: `x[.all, 0]`, `x[.all, .range(1, 3)]`. The first axis is the batch.
  public subscript(indices: SymbolIndex...) -> Symbol {
    Symbol.operation("GetItem", [self], operands: [.input(0), .constant(.array(indices.map(\.json)))])
  }

  public func sum(axes: [Int], keepDims: Bool = false) -> Symbol { reduced("Sum", axes, keepDims) }
  public func mean(axes: [Int], keepDims: Bool = false) -> Symbol { reduced("Mean", axes, keepDims) }
  public func max(axes: [Int], keepDims: Bool = false) -> Symbol { reduced("Max", axes, keepDims) }
  public func min(axes: [Int], keepDims: Bool = false) -> Symbol { reduced("Min", axes, keepDims) }

  /// Another shape with the batch first; -1 stands for one size.
  public func reshaped(_ shape: [Int]) -> Symbol {
    Symbol.operation("Reshape", [self], settings: ["newshape": .array(shape.map { .integer($0) })])
  }

  public func transposed(_ axes: [Int]) -> Symbol {
    Symbol.operation("Transpose", [self], settings: ["axes": .array(axes.map { .integer($0) })])
  }

  private func with(_ className: String, _ second: Double) -> Symbol {
    Symbol.operation(className, [self], operands: [.input(0), .constant(.number(second))])
  }

  private func with(_ className: String, first: Double) -> Symbol {
    Symbol.operation(className, [self], operands: [.constant(.number(first)), .input(0)])
  }

  private func reduced(_ className: String, _ axes: [Int], _ keepDims: Bool) -> Symbol {
    let axis: JSON = axes.count == 1 ? .integer(axes[0]) : .array(axes.map { .integer($0) })
    return Symbol.operation(className, [self], settings: ["axis": axis, "keepdims": .bool(keepDims)])
  }
}
