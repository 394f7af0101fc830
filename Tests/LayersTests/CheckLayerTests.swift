import Layers
import TensorCore
import TestKit
import Testing

/// Every layer kind with options other than the defaults, through the check that plugin authors use.
@Suite struct CheckLayerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: any Layer
    let inputs: [TensorSpec]

    init(_ name: String, _ layer: any Layer, _ shapes: Shape...) {
      (testDescription, self.layer, inputs) = (name, layer, shapes.map { TensorSpec($0) })
    }

    init(_ name: String, of shapes: [Shape], _ dtype: DType, _ layer: any Layer) {
      (testDescription, self.layer, inputs) = (name, layer, shapes.map { TensorSpec($0, dtype) })
    }
  }

  static let sequence: Shape = [2, 7, 4]
  static let image: Shape = [2, 6, 5, 4]
  static let volume: Shape = [1, 3, 4, 3, 2]

  static let rms: any Layer = {
    var layer = LayerNormalization()
    layer.rmsScaling = true
    return layer
  }()

  static let cases: [Case] = [
    Case("Dense", Dense(units: 3, activation: .tanh), [3, 4]),
    Case("Dense without bias on rank 3", Dense(units: 3, activation: .softmax, useBias: false), [2, 3, 4]),
    Case(
      "Dense with settings of an activation",
      Dense(units: 3, activation: Activation("LeakyReLU", config: ["negative_slope": 0.1])), [3, 4]),
    Case("Conv2D", Conv2D(filters: 3, kernelSize: [3, 2], strides: 2, padding: .same, activation: .softplus), image),
    Case("Conv2D in groups", Conv2D(filters: 6, kernelSize: 2, groups: 2, useBias: false), image),
    Case("Conv2D dilated", Conv2D(filters: 2, kernelSize: 2, dilationRate: [2, 1]), image),
    Case("Conv2D channels first", channelsFirst(Conv2D(filters: 2, kernelSize: 2, activation: .softmax)), image),
    Case("MaxPooling2D", MaxPooling2D(poolSize: [3, 2], strides: 2, padding: .same), image),
    Case("MaxPooling2D channels first", channelsFirst(MaxPooling2D(poolSize: 2)), image),
    Case("AveragePooling2D", AveragePooling2D(poolSize: 3, strides: [1, 2], padding: .same), image),
    Case("AveragePooling2D channels first", channelsFirst(AveragePooling2D(poolSize: 2)), image),
    Case("GlobalAveragePooling2D", GlobalAveragePooling2D(keepdims: true), image),
    Case("GlobalAveragePooling2D channels first", channelsFirst(GlobalAveragePooling2D()), image),
    Case("Flatten", Flatten(dataFormat: .channelsFirst), image),
    Case("Activation", ActivationLayer(.gelu), [3, 4]),
    Case("Activation softmax", ActivationLayer(.softmax), [3, 2, 4]),
    Case("Activation sigmoid", ActivationLayer(.sigmoid), [3, 4]),
    Case("Dropout", Dropout(0.4, noiseShape: [nil, 1, 4], seed: 3), [2, 3, 4]),
    Case("Dropout of everything", Dropout(1), [2, 3]),
    Case("BatchNormalization", BatchNormalization(momentum: 0.8, epsilon: 0.01), [6, 4]),
    Case("BatchNormalization of images", BatchNormalization(axis: 1, center: false), image),
    Case("BatchNormalization without scale", BatchNormalization(axis: 2, scale: false), [3, 4, 5]),
    Case("Add", Add(), [2, 3, 4], [2, 1, 4], [2, 4]),
    Case("Concatenate", Concatenate(axis: 1), [2, 3, 4], [2, 1, 4]),
    Case("SimpleRNN", SimpleRNN(units: 3, activation: .sigmoid, returnSequences: true), sequence),
    Case("LSTM", LSTM(units: 3, returnSequences: true, returnState: true, goBackwards: true), sequence),
    Case("LSTM with initial states", LSTM(units: 3, useBias: false), sequence, [2, 3], [2, 3]),
    Case("GRU", GRU(units: 3, returnState: true), sequence),
    Case("GRU that resets first", GRU(units: 3, returnSequences: true, resetAfter: false), sequence),
    Case("GRU with dropout", GRU(units: 3, dropout: 0.3, recurrentDropout: 0.2), sequence),
    Case("Masking", Masking(0.5), sequence),
    Case("Subtract", Subtract(), [2, 3, 4], [2, 4]),
    Case("Multiply", Multiply(), [2, 3, 4], [2, 1, 4], [2, 4]),
    Case("Average", Average(), [2, 3], [2, 3], [2, 1]),
    Case("Maximum", Maximum(), [2, 3], [2, 3]),
    Case("Minimum", Minimum(), [2, 3], [2, 1]),
    Case("Conv1D", Conv1D(filters: 3, kernelSize: 3, strides: 2, padding: .causal, activation: .tanh), sequence),
    Case("Conv1D channels first", channelsFirst(Conv1D(filters: 2, kernelSize: 2)), sequence),
    Case("Conv3D", Conv3D(filters: 2, kernelSize: [2, 1, 2], padding: .same, dilationRate: [1, 1, 2]), volume),
    Case(
      "Conv1DTranspose", Conv1DTranspose(filters: 3, kernelSize: 3, strides: 2, dilationRate: 2, useBias: false),
      sequence),
    Case(
      "Conv2DTranspose",
      Conv2DTranspose(
        filters: 3, kernelSize: 3, strides: 2, padding: .same, outputPadding: [0, 1], activation: .softmax), image),
    Case("Conv2DTranspose channels first", channelsFirst(Conv2DTranspose(filters: 3, kernelSize: 2)), image),
    Case("Conv3DTranspose", Conv3DTranspose(filters: 2, kernelSize: 2, strides: [1, 2, 1]), volume),
    Case("DepthwiseConv1D", DepthwiseConv1D(kernelSize: 3, depthMultiplier: 2, activation: .tanh), sequence),
    Case("DepthwiseConv2D", DepthwiseConv2D(kernelSize: 3, strides: 2, padding: .same, activation: .softplus), image),
    Case("DepthwiseConv2D channels first", channelsFirst(DepthwiseConv2D(kernelSize: 2, depthMultiplier: 2)), image),
    Case("SeparableConv1D", SeparableConv1D(filters: 3, kernelSize: 2, strides: 2, useBias: false), sequence),
    Case(
      "SeparableConv2D", SeparableConv2D(filters: 3, kernelSize: [2, 3], depthMultiplier: 2, activation: .tanh), image),
    Case("SeparableConv2D channels first", channelsFirst(SeparableConv2D(filters: 3, kernelSize: 2)), image),
    Case("MaxPooling1D", MaxPooling1D(poolSize: 3, strides: 2, padding: .same), sequence),
    Case("MaxPooling3D", MaxPooling3D(poolSize: [1, 2, 2]), volume),
    Case("AveragePooling1D", AveragePooling1D(poolSize: 3, strides: 2, padding: .same), sequence),
    Case("AveragePooling3D", AveragePooling3D(poolSize: 2, strides: 1), volume),
    Case("GlobalAveragePooling1D", GlobalAveragePooling1D(keepdims: true), sequence),
    Case("GlobalAveragePooling3D", GlobalAveragePooling3D(), volume),
    Case("GlobalMaxPooling1D", GlobalMaxPooling1D(), sequence),
    Case("GlobalMaxPooling2D", GlobalMaxPooling2D(keepdims: true), image),
    Case("GlobalMaxPooling3D", GlobalMaxPooling3D(), volume),
    Case("ZeroPadding1D", ZeroPadding1D(padding: [[1, 2]]), sequence),
    Case("ZeroPadding2D", ZeroPadding2D(padding: [[1, 0], [2, 3]]), image),
    Case("ZeroPadding3D", ZeroPadding3D(padding: 2), volume),
    Case("Reshape", Layers.Reshape([5, -1, 4]), image),
    Case("Rescaling", Rescaling([2, 0.5, 1, -1], offset: 0.25), image),
    Case("ReLU", ReLU(maxValue: 1.5, negativeSlope: 0.1, threshold: 0.5), [3, 4]),
    Case("LeakyReLU", LeakyReLU(negativeSlope: 0.1), [3, 4]),
    Case("ELU", ELU(alpha: 0.5), [3, 4]),
    Case("Softmax", Layers.Softmax(axis: [1, 2]), [2, 3, 4]),
    Case("Softmax along one axis", Layers.Softmax(axis: 1), [2, 3, 4]),
    Case("LayerNormalization", LayerNormalization(epsilon: 0.01), [3, 4]),
    Case("LayerNormalization over two axes", LayerNormalization(axis: [1, 3], center: false), image),
    Case("LayerNormalization by the deviation alone", rms, [3, 4]),
    Case("Sequential", Sequential([Dense(units: 3), BatchNormalization(), Dense(units: 2)]), [4, 3]),
    Case("Functional", residual, [4, 3]),
  ]

  static let casesOfShaping: [Case] = [
    Case("Identity", Identity(), [3, 4]),
    Case("Embedding", of: [[2, 3]], .int32, Embedding(inputDim: 5, outputDim: 3)),
    Case("ReversibleEmbedding", of: [[2, 3]], .int32, ReversibleEmbedding(inputDim: 5, outputDim: 3)),
    Case(
      "EinsumDense", EinsumDense("abc,cd->abd", outputShape: [nil, 3], activation: .tanh, biasAxes: "d"), [2, 3, 4]),
    Case("PReLU", PReLU(sharedAxes: [1]), [2, 3, 4]),
    Case("ThresholdedReLU", ThresholdedReLU(theta: 0.4), [3, 4]),
    Case("Permute", Permute([3, 1, 2]), image),
    Case("RepeatVector", RepeatVector(3), [2, 4]),
    Case("Cropping1D", Cropping1D(cropping: [[1, 2]]), sequence),
    Case("Cropping2D", Cropping2D(cropping: [[1, 0], [2, 1]]), image),
    Case("Cropping3D", Cropping3D(cropping: [[1, 0], [1, 1], [0, 1]]), volume),
    Case("UpSampling1D", UpSampling1D(size: 3), sequence),
    Case("UpSampling2D", UpSampling2D(size: [2, 3]), image),
    Case("UpSampling2D bicubic", UpSampling2D(size: [3, 2], interpolation: .bicubic), image),
    Case("UpSampling3D", UpSampling3D(size: [1, 2, 2]), volume),
    Case("Dot", Dot(axes: [2, 1], normalize: true), [2, 3, 4], [2, 4, 5]),
    Case("AdaptiveAveragePooling1D", AdaptiveAveragePooling1D(3), sequence),
    Case("AdaptiveAveragePooling2D", AdaptiveAveragePooling2D([3, 2]), image),
    Case("AdaptiveAveragePooling3D", AdaptiveAveragePooling3D([1, 2, 2]), volume),
    Case("AdaptiveMaxPooling1D", AdaptiveMaxPooling1D(3), sequence),
    Case("AdaptiveMaxPooling2D", AdaptiveMaxPooling2D([3, 2]), image),
    Case("AdaptiveMaxPooling3D", AdaptiveMaxPooling3D([1, 2, 2]), volume),
    Case("GroupNormalization", GroupNormalization(groups: 2, epsilon: 0.01), image),
    Case("GroupNormalization of another axis", GroupNormalization(groups: 3, axis: 1, scale: false), image),
    Case("RMSNormalization", RMSNormalization(epsilon: 0.01), [3, 4]),
    Case("UnitNormalization", UnitNormalization(axis: [1, 2]), [2, 3, 4]),
    Case("SpatialDropout1D", SpatialDropout1D(0.3), sequence),
    Case("SpatialDropout2D", SpatialDropout2D(0.3, seed: 2), image),
    Case("SpatialDropout3D", SpatialDropout3D(0.3), volume),
    Case("GaussianNoise", GaussianNoise(0.3), [3, 4]),
    Case("GaussianDropout", GaussianDropout(0.3), [3, 4]),
    Case("AlphaDropout", AlphaDropout(0.3, noiseShape: [nil, 1, 4]), [2, 3, 4]),
    Case("ActivityRegularization", ActivityRegularization(l1: 0.1, l2: 0.2), [3, 4]),
  ]

  static let casesOfSequences: [Case] = [
    Case("Attention", Attention(useScale: true), [2, 3, 4], [2, 5, 4]),
    Case("Attention by sums", Attention(scoreMode: .concat, dropout: 0.2), [2, 3, 4], [2, 5, 2], [2, 5, 4]),
    Case("AdditiveAttention", AdditiveAttention(), [2, 3, 4], [2, 5, 4]),
    Case("MultiHeadAttention", MultiHeadAttention(numHeads: 2, keyDim: 3, valueDim: 2), [2, 3, 4], [2, 5, 4]),
    Case(
      "GroupedQueryAttention", GroupedQueryAttention(headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2), [2, 3, 4],
      [2, 5, 4]),
    Case("Bidirectional", Bidirectional(LSTM(units: 2, returnSequences: true), mergeMode: .mul), sequence),
    Case("Bidirectional with states", Bidirectional(GRU(units: 2, returnState: true), mergeMode: nil), sequence),
    Case("TimeDistributed", TimeDistributed(Dense(units: 3, activation: .tanh)), sequence),
    Case("RNN", RNN(GRUCell(units: 3), returnSequences: true, returnState: true), sequence),
    Case("RNN of stacked cells", RNN(StackedRNNCells([LSTMCell(units: 3), SimpleRNNCell(units: 2)])), sequence),
    Case(
      "ConvLSTM1D",
      ConvLSTM1D(
        filters: 2, kernelSize: 2, dilationRate: 2, returnSequences: true, dropout: 0.2, recurrentDropout: 0.3),
      [2, 3, 5, 2]),
    Case(
      "ConvLSTM2D", ConvLSTM2D(filters: 2, kernelSize: [2, 1], strides: [1, 2], returnState: true, goBackwards: true),
      [2, 3, 3, 4, 2]),
    Case("ConvLSTM3D", ConvLSTM3D(filters: 1, kernelSize: 2, padding: .same, useBias: false), [1, 2, 3, 2, 2, 2]),
    Case(
      "LocallyConnected1D", LocallyConnected1D(filters: 3, kernelSize: 3, strides: 2, activation: .tanh), sequence),
    Case("LocallyConnected1D as a list", LocallyConnected1D(filters: 2, kernelSize: 2, implementation: 3), sequence),
    Case(
      "LocallyConnected2D", LocallyConnected2D(filters: 2, kernelSize: [2, 3], padding: .same, implementation: 2),
      [2, 3, 4, 2]),
    Case("CuDNNLSTM", CuDNNLSTM(units: 3, returnSequences: true, returnState: true), sequence),
    Case("CuDNNGRU", CuDNNGRU(units: 3, goBackwards: true), sequence),
    Case(
      "SpectralNormalization", SpectralNormalization(Dense(units: 3, activation: .tanh), powerIterations: 2), [3, 4]),
    Case("SpectralNormalization of a convolution", SpectralNormalization(Conv2D(filters: 2, kernelSize: 2)), image),
    Case("SimpleRNNCell", SimpleRNNCell(units: 3), [2, 4], [2, 3]),
    Case("LSTMCell", LSTMCell(units: 3), [2, 4], [2, 3], [2, 3]),
    Case("GRUCell", GRUCell(units: 3), [2, 4], [2, 3]),
    Case("StackedRNNCells", StackedRNNCells([GRUCell(units: 3), GRUCell(units: 2)]), [2, 4], [2, 3], [2, 2]),
  ]

  static let smallImage: Shape = [2, 5, 4, 3]

  static let casesOfImages: [Case] = [
    Case("Resizing", Resizing(height: 3, width: 7, interpolation: .bicubic, antialias: true), image),
    Case("Resizing to the nearest", Resizing(height: 4, width: 7, interpolation: .nearest), image),
    Case("CenterCrop", CenterCrop(height: 3, width: 2), image),
    Case("CenterCrop of a smaller image", CenterCrop(height: 7, width: 2), image),
    Case("RandomFlip", RandomFlip(.horizontal, seed: 1), image),
    Case("RandomRotation", RandomRotation(0.3, fillMode: .wrap, seed: 3), smallImage),
    Case(
      "RandomTranslation", RandomTranslation(height: 0.4, width: 0.3, fillMode: .constant, fillValue: 2), smallImage),
    Case("RandomZoom", RandomZoom(height: 0.4, width: [0.1, 0.5], interpolation: .nearest), smallImage),
    Case("RandomShear", RandomShear(x: 0.4, y: [0.1, 0.5], fillMode: .nearest), smallImage),
    Case("RandomPerspective", RandomPerspective(scale: 0.6, fillValue: 1), smallImage),
    Case("RandomContrast", RandomContrast(0.3, valueRange: [-50, 50], seed: 2), smallImage),
    Case("RandomBrightness", RandomBrightness(0.3, valueRange: [-50, 50]), smallImage),
  ]

  static let wide: ValueRange = [-10, 10]

  /// Where values are cut off or counted, nothing is to be differentiated near the edges.
  static let casesOfColors: [Case] = [
    Case("RandomElasticTransform", RandomElasticTransform(valueRange: wide), [2, 21, 20, 1]),
    Case("RandomHue", RandomHue(0.3, valueRange: wide), smallImage),
    Case("RandomSaturation", RandomSaturation([0.2, 0.4], valueRange: [0, 100]), smallImage),
    Case("RandomGrayscale", RandomGrayscale(0.5, seed: 3), smallImage),
    Case("RandomInvert", RandomInvert(0.5, valueRange: wide), smallImage),
    Case("RandomSharpness", RandomSharpness(0.4, valueRange: wide), smallImage),
    Case("RandomPosterization", RandomPosterization([2, 6], valueRange: wide), smallImage),
    Case("RandomErasing", RandomErasing(0.9, scale: [0.2, 0.6], fillValue: [1, 2, 3]), smallImage),
    Case("RandomErasing by noise", RandomErasing(valueRange: [0, 1]), smallImage),
    Case("RandomGaussianBlur", RandomGaussianBlur(kernelSize: [3, 5], valueRange: wide), smallImage),
    Case("RandomColorDegeneration", RandomColorDegeneration(0.5, valueRange: wide), smallImage),
    Case(
      "RandomColorJitter",
      RandomColorJitter(valueRange: wide, brightness: 0.1, contrast: 0.2, saturation: [0.3, 0.4], hue: 0.1), smallImage),
    Case("Solarization", Solarization(addition: 0.1, threshold: 0.6, valueRange: wide), smallImage),
    Case("Equalization", Equalization(valueRange: wide, bins: 8), smallImage),
    Case("AutoContrast", AutoContrast(valueRange: wide), smallImage),
    Case(
      "ContrastLimitedAdaptiveHistogramEqualization",
      ContrastLimitedAdaptiveHistogramEqualization(valueRange: wide, clipLimit: 2, tileGridSize: [2, 3]), smallImage),
    Case("Pipeline", Pipeline([RandomZoom(height: 0.2), RandomInvert(0.5, valueRange: wide)]), smallImage),
    Case("MixUp", MixUp(alpha: 0.5), smallImage),
    Case("MixUp of images and labels", MixUp(), smallImage, [2, 5]),
    Case("CutMix", CutMix(0.8), smallImage),
    Case("CutMix of images and labels", CutMix(), smallImage, [2, 5]),
    Case("RandAugment", RandAugment(valueRange: wide, numOps: 1, factor: 0.3), smallImage),
    Case("AugMix", AugMix(valueRange: wide, numChains: 2, chainDepth: 1, allOps: false), smallImage),
  ]

  static func channelsFirst<L: Layer>(_ layer: L) -> any Layer {
    switch layer {
    case var conv as Conv1D:
      conv.dataFormat = .channelsFirst
      return conv
    case var conv as Conv2DTranspose:
      conv.dataFormat = .channelsFirst
      return conv
    case var conv as DepthwiseConv2D:
      conv.dataFormat = .channelsFirst
      return conv
    case var conv as SeparableConv2D:
      conv.dataFormat = .channelsFirst
      return conv
    case var conv as Conv2D:
      conv.dataFormat = .channelsFirst
      return conv
    case var pool as MaxPooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    case var pool as AveragePooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    case var pool as GlobalAveragePooling2D:
      pool.dataFormat = .channelsFirst
      return pool
    default: return layer
    }
  }

  static let residual: any Layer = {
    let x = Symbol.input([3])
    let sum = Add()([x, Dense(units: 3, activation: .tanh)(x)])
    let model = try? Functional(inputs: [x], outputs: [sum, Dense(units: 2)(sum)], name: "residual")
    return model ?? Sequential([])
  }()

  static let casesOfPreprocessing: [Case] = [
    Case("Normalization", Normalization(), [3, 4]),
    Case("Normalization of two axes", Normalization(axis: [1, 3], invert: true), image),
    Case("Normalization of everything", Normalization(axis: [], mean: 0.5, variance: 4), [2, 3, 4]),
    Case("STFTSpectrogram", STFTSpectrogram(frameLength: 6, frameStep: 2, padding: .same), [2, 12, 2]),
    Case("STFTSpectrogram of power", STFTSpectrogram(mode: .psd, frameLength: 4, expandDims: true), [2, 9, 2]),
    Case("STFTSpectrogram of angles", STFTSpectrogram(mode: .angle, frameLength: 4, fftLength: 6), [2, 9, 1]),
    Case("Normalization with numbers", Normalization(mean: [1, 2], variance: [3, 4]), [3, 2]),
  ]

  /// Nothing flows back through the numbers of categories.
  static let casesOfCategories: [Case] = {
    let salted = Hashing(numBins: 9, maskValue: "", salt: HashSalt(3, 4), outputMode: .count)
    var weighted = StringLookup(vocabulary: ["a", "b"], numOovIndices: 2, outputMode: .tfIDF)
    weighted.idfWeights = [0.5, 2]
    var words = TextVectorization(vocabulary: ["a", "b"], outputSequenceLength: 3)
    words.ngrams = NGrams(upTo: 2)
    var characters = TextVectorization(vocabulary: ["a", "b"], outputMode: .count)
    (characters.split, characters.standardize, characters.maxTokens) = (.character, .lower, 9)
    characters.padToMaxTokens = true
    return [
      Case("Discretization", Discretization(binBoundaries: [-0.5, 0, 0.25], outputMode: .oneHot), [3, 4]),
      Case("CategoryEncoding", of: [[3, 4]], .int32, CategoryEncoding(numTokens: 5)),
      Case("Hashing", of: [[3, 2, 6]], .uint8, salted),
      Case("HashedCrossing", of: [[3, 1], [3, 1]], .int64, HashedCrossing(numBins: 7, outputMode: .oneHot)),
      Case("IntegerLookup", of: [[3, 4]], .int32, IntegerLookup(vocabulary: [0, 5], outputMode: .multiHot)),
      Case("IntegerLookup inverted", of: [[3, 4]], .int64, IntegerLookup(vocabulary: [7, 5], invert: true)),
      Case("StringLookup", of: [[3, 2, 6]], .uint8, weighted),
      Case("StringLookup inverted", of: [[3, 4]], .int64, StringLookup(vocabulary: ["a", "longer"], invert: true)),
      Case("TextVectorization", of: [[3, 1, 6]], .uint8, words),
      Case("TextVectorization of characters", of: [[3, 1, 6]], .uint8, characters),
    ]
  }()

  @Test(arguments: casesOfCategories)
  func everyKindOfCategoriesPassesTheCheck(_ layerCase: Case) throws {
    try checkLayer(layerCase.layer, inputs: layerCase.inputs, checksGradients: false)
  }

  @Test(arguments: cases + casesOfShaping + casesOfSequences + casesOfPreprocessing + casesOfImages + casesOfColors)
  func everyKindPassesTheCheck(_ layerCase: Case) throws {
    try checkLayer(layerCase.layer, inputs: layerCase.inputs)
  }

  /// An input computes nothing, Lambda needs a function, and random sizes differ from those in inference: they have tests of
  /// their own.
  @Test func everyBuiltInKindIsChecked() {
    let cases =
      Self.cases + Self.casesOfShaping + Self.casesOfSequences + Self.casesOfPreprocessing + Self.casesOfCategories
      + Self.casesOfImages + Self.casesOfColors
    let others = ["InputLayer", "Lambda", "RandomCrop", "RandomHeight", "RandomWidth"]
    let checked = Set(cases.map { type(of: $0.layer).kind }).union(others)
    #expect(Set(PluginHost.shared.layers.names).subtracting(["acme>Gate"]) == checked)
  }

  // MARK: What the check finds

  /// Computes something else in every call in inference.
  private struct Forgetful: Layer {
    static let kind = "acme>Forgetful"
    static let template = Forgetful()

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let gain = scope.weight("gain", [1], .ones)
      return Forward { x, context in
        context.update(gain, to: context[gain] + 1)
        return x * context[gain]
      }
    }
  }

  /// Has a key that its config leaves out.
  private struct Secretive: Layer {
    static let kind = "acme>Secretive"
    static let template = Secretive(scale: 1)
    var scale: Double

    private enum CodingKeys: CodingKey {}
    init(scale: Double) { self.scale = scale }
    init(from decoder: any Decoder) { scale = 1 }
    func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: CodingKeys.self) }

    func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
      let scale = scale
      return Forward { x, _ in x * scale }
    }
  }

  private func host<L: Layer>(_ type: L.Type) -> PluginHost {
    var host = PluginHost()
    host.register(type)
    return host
  }

  @Test func aLayerThatStoresWeightsInInferenceFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Forgetful(), inputs: [TensorSpec([2, 3])], host: host(Forgetful.self))
    }
    #expect(error?.code == .checkFailed)
    #expect(error?.message.contains("inference stores new values") == true)
    #expect(error?.message.contains("trainable check") == true || error?.message.contains("gain") == true)
  }

  @Test func aLayerThatHidesASettingFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Secretive(scale: 3), inputs: [TensorSpec([2, 3])], host: host(Secretive.self))
    }
    #expect(error?.message.contains("computes something else") == true)
  }

  @Test func aLayerThatNobodyKnowsFails() throws {
    let error = #expect(throws: CoreError.self) {
      try checkLayer(Forgetful(), inputs: [TensorSpec([2, 3])], host: PluginHost())
    }
    #expect(error?.message.contains("acme>Forgetful") == true)
  }
}
