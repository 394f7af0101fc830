public import TensorCore

/// What the registry knows of a layer kind: how to make its recipe from a config, and a config from its recipe.
public struct LayerKind: Sendable {
  public let name: String
  public let type: any Layer.Type
  /// From a Keras config: the recipe, and the keys of the config that the recipe does not know.
  let decode: @Sendable (JSONObject, KerasDialect, PluginHost) throws -> (layer: any Layer, unknown: JSONObject)

  init<L: Layer>(_ type: L.Type) {
    name = L.kind
    self.type = type
    decode = { config, dialect, host in
      for key in L.requiredKeys where config[key] == nil {
        throw CoreError(.invalidConfig, "\(L.kind): found no \"\(key)\" in the config, expected one")
      }
      var config = config
      (L.self as? any DialectSpelling.Type)?.read(&config)
      return try KerasCoder(dialect: dialect, host: host).decode(config, over: L.template)
    }
  }
}

/// The slot for layer kinds, by Keras class name or registered name.
public enum LayerRegistry: RegistryKey {
  public typealias Entry = LayerKind

  public static let builtIn: Registry<LayerKind> = {
    let kinds =
      core + activations + shapings + convolutions + poolings + normalizations + regularizations + merges + recurrent
      + attentions + preprocessing + images
    return Registry(Dictionary(uniqueKeysWithValues: kinds.map { ($0.kind, entry($0)) }))
  }()

  private static let core: [any Layer.Type] = [
    InputLayer.self, Dense.self, EinsumDense.self, Embedding.self, ReversibleEmbedding.self, Identity.self, Lambda.self,
    Rescaling.self,
    Sequential.self,
    Functional.self,
  ]

  private static let activations: [any Layer.Type] = [
    ActivationLayer.self, ReLU.self, LeakyReLU.self, ELU.self, PReLU.self, ThresholdedReLU.self, Softmax.self,
  ]

  private static let shapings: [any Layer.Type] = [
    Flatten.self, Reshape.self, Permute.self, RepeatVector.self, ZeroPadding1D.self, ZeroPadding2D.self,
    ZeroPadding3D.self, Cropping1D.self, Cropping2D.self, Cropping3D.self, UpSampling1D.self, UpSampling2D.self,
    UpSampling3D.self,
  ]

  private static let convolutions: [any Layer.Type] = [
    Conv1D.self, Conv2D.self, Conv3D.self, Conv1DTranspose.self, Conv2DTranspose.self, Conv3DTranspose.self,
    DepthwiseConv1D.self, DepthwiseConv2D.self, SeparableConv1D.self, SeparableConv2D.self, LocallyConnected1D.self,
    LocallyConnected2D.self,
  ]

  private static let poolings: [any Layer.Type] = [
    MaxPooling1D.self, MaxPooling2D.self, MaxPooling3D.self, AveragePooling1D.self, AveragePooling2D.self,
    AveragePooling3D.self, GlobalMaxPooling1D.self, GlobalMaxPooling2D.self, GlobalMaxPooling3D.self,
    GlobalAveragePooling1D.self, GlobalAveragePooling2D.self, GlobalAveragePooling3D.self,
    AdaptiveMaxPooling1D.self, AdaptiveMaxPooling2D.self, AdaptiveMaxPooling3D.self, AdaptiveAveragePooling1D.self,
    AdaptiveAveragePooling2D.self, AdaptiveAveragePooling3D.self,
  ]

  private static let normalizations: [any Layer.Type] = [
    BatchNormalization.self, LayerNormalization.self, GroupNormalization.self, RMSNormalization.self,
    UnitNormalization.self, SpectralNormalization.self,
  ]

  private static let regularizations: [any Layer.Type] = [
    Dropout.self, SpatialDropout1D.self, SpatialDropout2D.self, SpatialDropout3D.self, GaussianNoise.self,
    GaussianDropout.self, AlphaDropout.self, ActivityRegularization.self,
  ]

  private static let merges: [any Layer.Type] = [
    Add.self, Subtract.self, Multiply.self, Average.self, Maximum.self, Minimum.self, Concatenate.self, Dot.self,
  ]

  private static let recurrent: [any Layer.Type] = [
    SimpleRNN.self, LSTM.self, GRU.self, RNN.self, SimpleRNNCell.self, LSTMCell.self, GRUCell.self,
    StackedRNNCells.self, Masking.self, Bidirectional.self, TimeDistributed.self, ConvLSTM1D.self, ConvLSTM2D.self,
    ConvLSTM3D.self, CuDNNLSTM.self, CuDNNGRU.self,
  ]

  private static let attentions: [any Layer.Type] = [
    Attention.self, AdditiveAttention.self, MultiHeadAttention.self, GroupedQueryAttention.self,
  ]

  private static let preprocessing: [any Layer.Type] = [
    Normalization.self, Discretization.self, CategoryEncoding.self, Hashing.self, HashedCrossing.self,
    IntegerLookup.self, StringLookup.self, TextVectorization.self, STFTSpectrogram.self,
  ]

  private static let images: [any Layer.Type] = [
    Resizing.self, CenterCrop.self, RandomCrop.self, RandomFlip.self, RandomRotation.self, RandomTranslation.self,
    RandomZoom.self, RandomHeight.self, RandomWidth.self, RandomShear.self, RandomPerspective.self,
    RandomElasticTransform.self, RandomContrast.self,
    RandomBrightness.self, RandomHue.self, RandomSaturation.self, RandomGrayscale.self, RandomInvert.self,
    RandomSharpness.self, RandomPosterization.self, RandomErasing.self, RandomGaussianBlur.self,
    RandomColorDegeneration.self, RandomColorJitter.self, Solarization.self, Equalization.self, AutoContrast.self,
    ContrastLimitedAdaptiveHistogramEqualization.self, MixUp.self, CutMix.self, RandAugment.self, AugMix.self,
    Pipeline.self,
  ]

  private static func entry<L: Layer>(_ type: L.Type) -> LayerKind { LayerKind(type) }
}

extension PluginHost {
  public var layers: Registry<LayerKind> { self[LayerRegistry.self] }

  /// Adds a layer kind. Registering the same type again changes nothing; another type under a taken name traps with
  /// both names, since one of two plugins would be ignored in silence.
  public mutating func register<L: Layer>(_ type: L.Type) {
    if let taken = layers[L.kind], taken.type != type {
      CoreError(.invalidArgument, "layer kind \"\(L.kind)\" is \(taken.type); \(type) cannot take the name too").trap()
    }
    register(LayerRegistry.self, L.kind, LayerKind(type))
  }
}
