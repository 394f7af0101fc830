internal import CKernels

/// Maximum or average over windows, per channel, as Keras's MaxPooling and AveragePooling layers.
///
/// Input `[batch, spatial..., channels]` with as many spatial axes as `window` has numbers. Padding takes no part: not
/// in a maximum, nor in an average's count. float32, float64, or bfloat16, whose averages are computed in float32.
public struct Pool: Operation {
  public enum Kind: Hashable, Sendable { case max, average }

  public static let name = "pool"

  public var kind: Kind
  public var window: [Int]
  public var strides: [Int]
  public var padding: ConvPadding

  /// `strides` are the window's size unless given.
  public init(kind: Kind, window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid) {
    self.kind = kind
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
  }

  public func geometry(input: Shape) throws(CoreError) -> ConvGeometry {
    try ConvGeometry(pooling: Pool.name, input: input, window: window, strides: strides, padding: padding)
  }

  public func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    try expectProductFloating(inputs[0])
    return [TensorSpec(try geometry(input: inputs[0].shape).outputShape, inputs[0].dtype)]
  }

  public func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    if inputs[0].dtype == .bfloat16, kind == .average { return evaluateWidened(inputs, into: &outputs) }
    let (x, y, threads) = (inputs[0], outputs[0], Execution.threads32)
    guard y.elementCount > 0, var raw = try? geometry(input: x.shape).raw else { return }
    switch (kind, x.dtype) {
    case (.max, .bfloat16): ck_max_pool_bf16(&raw, x.u16, y.u16, threads)
    case (.max, .float64): ck_max_pool_f64(&raw, x.f64, y.f64, threads)
    case (.max, _): ck_max_pool_f32(&raw, x.f32, y.f32, threads)
    case (.average, .float64): ck_average_pool_f64(&raw, x.f64, y.f64, 0, threads)
    case (.average, _): ck_average_pool_f32(&raw, x.f32, y.f32, 0, threads)
    }
  }

  public func portableKernel(_ request: KernelRequest) -> Kernel? {
    let (isMaximum, isHalf) = (kind == .max, request.inputs[0].dtype == .bfloat16)
    guard request.inputs[0].dtype == .float32 || (isHalf && isMaximum), request.outputs[0].elementCount > 0,
      let raw = try? geometry(input: request.inputs[0].shape).raw
    else { return nil }
    let threads = Int32(clamping: request.threads)
    return Kernel { arguments in
      if isHalf { return Self.halfMaximum(arguments, raw, threads) }
      var raw = raw
      let x = arguments.inputs[0].assumingMemoryBound(to: Float.self)
      let y = arguments.outputs[0].assumingMemoryBound(to: Float.self)
      if isMaximum { ck_max_pool_f32(&raw, x, y, threads) } else { ck_average_pool_f32(&raw, x, y, 0, threads) }
    }
  }

  private static func halfMaximum(_ arguments: borrowing KernelArguments, _ raw: ck_conv, _ threads: Int32) {
    var raw = raw
    let x = arguments.inputs[0].assumingMemoryBound(to: UInt16.self)
    ck_max_pool_bf16(&raw, x, arguments.outputs[0].assumingMemoryBound(to: UInt16.self), threads)
  }
}

extension Tensor {
  /// The maximum of each window: `[batch, spatial..., channels]`. Strides are the window's size unless given.
  public func maxPool(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid) -> Tensor {
    Tensor.apply(Pool(kind: .max, window: window, strides: strides, padding: padding), self)
  }

  /// The average of each window, padding not counted. Strides are the window's size unless given.
  public func averagePool(window: [Int], strides: [Int]? = nil, padding: ConvPadding = .valid) -> Tensor {
    Tensor.apply(Pool(kind: .average, window: window, strides: strides, padding: padding), self)
  }
}
