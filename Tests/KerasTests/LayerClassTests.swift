import Layers
import TensorCore
import Testing

/// Which of the layers in `keras.layers` there are.
@Suite struct LayerClassTests {
  @Test(arguments: [3, 2])
  func everyCommonLayerOfKerasIsRegistered(version: Int) throws {
    let classes = try Fixtures.json("keras\(version)/layer_classes.json").arrayValue?.compactMap(\.stringValue) ?? []
    let known = Set(PluginHost.shared.layers.names)
    // Keras 2 files name an activation's layer and the TensorFlow functions by classes of their own.
    let missing = classes.filter { !known.contains($0) && !Self.abstract.contains($0) }
    print("\(classes.count - missing.count) of \(classes.count) layers of Keras \(version); not: \(missing)")
    #expect(Self.common.filter { !known.contains($0) }.isEmpty)
  }

  /// Base classes, which no file contains, and those that hold another framework's code.
  private static let abstract: Set = ["Layer", "Wrapper", "AbstractRNNCell"]

  /// What lecture material and most files need.
  private static let common = [
    "InputLayer", "Dense", "Embedding", "Masking", "Identity", "Activation", "ReLU", "LeakyReLU", "Softmax", "ELU",
    "PReLU",
    "ThresholdedReLU", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
    "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Add", "Concatenate",
    "Multiply", "Average", "Dot", "Maximum", "Subtract", "Flatten", "Reshape", "RepeatVector", "Permute",
    "UpSampling2D",
    "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D", "Attention",
    "AdditiveAttention", "MultiHeadAttention", "BatchNormalization", "LayerNormalization", "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "SimpleRNN", "LSTM", "GRU", "Bidirectional",
    "TimeDistributed", "RNN", "SimpleRNNCell", "LSTMCell", "GRUCell", "Rescaling",
  ]
}
