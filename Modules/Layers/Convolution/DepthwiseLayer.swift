internal import TensorCore

/// What the depthwise and the separable convolutions have in common: a convolution of each channel by itself.
protocol DepthwiseLayer: Layer {
  var depthMultiplier: Int { get }
  var kernelNumbers: [Int] { get }
  var strideNumbers: [Int] { get }
  var dilationNumbers: [Int] { get }
  var padding: Padding { get }
  var dataFormat: DataFormat? { get }
  var depthwiseInitializer: Initializer { get }
  var depthwiseRegularizer: Regularizer? { get }
  var depthwiseConstraint: Constraint? { get }
  /// Keras's name of the kernel.
  static var depthwiseName: String { get }
}

extension DepthwiseLayer {
  /// Declares the kernel, of Keras's shape `[window..., channels, depthMultiplier]`.
  func declareDepthwise(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Depthwise {
    let rank = kernelNumbers.count + 2
    let input = try expectOneInput(inputs, ranks: rank...rank)
    try expectWindow(kernelNumbers, "kernel_size")
    try expectWindow(strideNumbers, "strides")
    try expectWindow(dilationNumbers, "dilation_rate")
    try expect(depthMultiplier > 0, "depth_multiplier", depthMultiplier, "a number above 0")
    try expectNotCausal(padding)
    let format = dataFormat ?? .channelsLast
    let channels = format.toChannelsLast(input).shape.last
    // Keras 3 has shortened one of the names.
    let kernel = scope.weight(
      scope.kerasMajorVersion < 3 ? "depthwise_kernel" : Self.depthwiseName,
      Shape(kernelNumbers + [channels, depthMultiplier]), depthwiseInitializer,
      regularizer: depthwiseRegularizer, constraint: depthwiseConstraint)
    return Depthwise(
      kernel: kernel, channels: channels, outputChannels: channels * depthMultiplier, window: kernelNumbers,
      strides: strideNumbers, dilation: dilationNumbers, padding: padding.rule, format: format)
  }
}

/// A convolution in as many groups as there are channels.
struct Depthwise: Sendable {
  let kernel: WeightKey
  let channels: Int
  let outputChannels: Int
  let window: [Int]
  let strides: [Int]
  let dilation: [Int]
  let padding: ConvPadding
  let format: DataFormat

  /// A layer's function from one on channels-last values: x, the kernel as the grouped convolution wants it, the context.
  /// What the epilogue left of the activation runs last, in the layer's order of axes.
  func forward(
    _ activation: BuiltActivation, _ body: @escaping @Sendable (Tensor, Tensor, inout CallContext) -> Tensor
  ) -> Forward {
    Forward { x, context in
      let grouped = context[kernel].reshaped(Shape(window + [1, outputChannels]))
      let y = format.fromChannelsLast(body(format.toChannelsLast(x), grouped, &context))
      return activation.finish(y, &context)
    }
  }

  func callAsFunction(_ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ activation: FusableActivation) -> Tensor {
    x.conv(
      kernel, bias, strides: strides, padding: padding, dilation: dilation, groups: channels, activation: activation)
  }
}

extension DepthwiseLayer {
  /// Keras 2 writes keys of Conv that have no meaning here, and that Keras 3 refuses.
  static func dropInheritedKeys(_ config: inout JSONObject) {
    for key in ["groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"] { config[key] = nil }
  }

  /// What Keras 2 writes of Conv without using it: of all of these layers, and of the separable ones.
  static func addInheritedKeys(_ config: inout JSONObject, in dialect: KerasDialect, isSeparable: Bool) {
    guard dialect == .keras2 else { return }
    config["groups"] = 1
    guard isSeparable else { return }
    config["kernel_initializer"] = [
      "module": "keras.initializers", "class_name": "GlorotUniform", "config": ["seed": nil], "registered_name": nil,
    ]
    for key in ["kernel_regularizer", "kernel_constraint"] { config[key] = .null }
  }
}
