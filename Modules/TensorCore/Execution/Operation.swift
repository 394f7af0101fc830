/// A computation as a value: its attributes are its stored properties, and three rules say what it means.
///
/// The shape rule `infer` and the value rule `evaluate` are here; the gradient rule is in AutoDiff's
/// `DifferentiableOperation`. Because `evaluate` is required, every operation runs everywhere; backends make it faster.
public protocol Operation: Hashable, Sendable {
  /// Stable, lower case with underscores; used in plans, profiles and messages.
  static var name: String { get }

  /// How many tensors come out; 1 unless said otherwise.
  var outputCount: Int { get }

  /// What comes out, given what goes in. Throws `shapeMismatch` or `dtypeMismatch` with expected and found.
  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec]

  /// The portable meaning. `outputs` have the inferred specs and uninitialised bytes; write every element.
  /// Inputs are plain values: no interpreter watches them.
  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor])

  /// Outputs whose bytes only other operations of the same family understand, and every backend writes in its own way
  /// (the workspace of a recurrent forward pass); none unless said otherwise. Nobody compares them.
  var opaqueOutputs: Range<Int> { get }

  /// The portable meaning for one case, with all that follows from specs and attributes worked out beforehand; nil (the
  /// default) leaves it to `evaluate`. Worth it where that takes as long as a small case itself.
  func portableKernel(_ request: KernelRequest) -> Kernel?

  /// For operations that only rename axes: the outputs as views of the inputs' bytes. nil (the default) means that
  /// the operation computes something.
  func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]?

  /// Floating-point operations of the products in it, a multiplication and an addition being two; for profiles. 0 (the
  /// default) for what memory decides, not arithmetic.
  func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int

  /// Per output, the inputs under whose bytes `evaluate` may find that output: it reads an element of such an input
  /// before it writes there, and never afterwards. Plans compute in place then, where nobody needs the input any more.
  /// Empty (the default): none. Asked with specs that `infer` accepts.
  func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]]
}

extension Operation {
  public var outputCount: Int { 1 }

  public func portableKernel(_ request: KernelRequest) -> Kernel? { nil }

  public var opaqueOutputs: Range<Int> { 0..<0 }

  public func alias(_ inputs: [Tensor], _ outputs: [TensorSpec]) -> [Tensor]? { nil }

  public func flopCount(inputs: [TensorSpec], outputs: [TensorSpec]) -> Int { 0 }

  public func overwritableInputs(_ inputs: [TensorSpec]) -> [[Int]] { [] }

  /// Throws unless there are `count` inputs.
  public func expect(_ inputs: [TensorSpec], count: Int) throws(CoreError) {
    guard inputs.count == count else {
      throw CoreError(.shapeMismatch, "\(Self.name): found \(inputs.count) inputs, expected \(count)")
    }
  }
}
