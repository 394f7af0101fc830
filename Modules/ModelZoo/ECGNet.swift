public import Layers
public import TensorCore

/// Convolutions over time with wide windows, for rhythms in electrocardiograms: `[batch, steps, leads] -> [batch, classes]`;
/// eight convolutions of 64 filters over 16 samples, each with batch normalization and ReLU, as in A. Hannun et al.:
/// Cardiologist-level arrhythmia detection and classification in ambulatory electrocardiograms using a deep neural network.
/// Nature Medicine 25, 2019 (there 34 layers, with shortcuts). 462,596 parameters for one lead and four classes.
public struct ECGNet: Sendable {
  public var steps = 1024
  public var leads = 1
  public var classes = 4
  /// `.linear` for logits.
  public var classifierActivation = Activation.softmax
  /// How many convolutions; after every second one the sequence is halved.
  public var depth = 8
  public var filters = 64
  public var kernelSize = 16

  public init(steps: Int = 1024, leads: Int = 1, classes: Int = 4, classifierActivation: Activation = .softmax) {
    (self.steps, self.leads, self.classes) = (steps, leads, classes)
    self.classifierActivation = classifierActivation
  }

  /// The layers, as recipes.
  public var layers: Sequential {
    var layers: [any Layer] = [InputLayer(shape: [steps, leads])]
    for number in 0..<depth {
      layers.append(Conv1D(filters: filters, kernelSize: Sizes([kernelSize]), padding: .same))
      layers.append(BatchNormalization())
      layers.append(ReLU())
      if number % 2 == 1 { layers.append(MaxPooling1D(poolSize: 2)) }
    }
    layers.append(GlobalAveragePooling1D())
    layers.append(Dense(units: classes, activation: classifierActivation))
    return Sequential(layers, name: "ecg_net")
  }

  /// A built model. Throws where a size is below 1 or there are too few steps.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(layers, start: .seed(seed)) }
}
