internal import Layers
internal import TensorCore

// What losses check, and the arithmetic that several share.
extension Loss {
  func checkAxis(_ axis: Int, of prediction: TensorSpec) throws(CoreError) {
    guard axis == -1 || axis == prediction.rank - 1 else {
      throw CoreError(
        .invalidConfig, "\(Self.names[0]): found axis \(axis), expected the last one, -1, for the classes")
    }
  }

  func checkSmoothing(_ smoothing: Double) throws(CoreError) {
    guard (0...1).contains(smoothing) else {
      throw CoreError(.invalidConfig, "\(Self.kind): found label_smoothing \(smoothing), expected a number from 0 to 1")
    }
  }
}

extension Loss {
  /// Throws unless the predictions have such an axis behind the batch.
  func checkAnyAxis(_ axis: Int, of prediction: TensorSpec) throws(CoreError) {
    let place = axis < 0 ? axis + prediction.rank : axis
    guard (0..<prediction.rank).contains(place) else {
      throw CoreError(
        .invalidConfig,
        "\(Self.names[0]): found axis \(axis), expected one of the predictions' \(Targets.open(prediction.shape))")
    }
  }
}

extension Tensor {
  /// Scaled to length 1 along an axis; zeros stay.
  func unitLength(axis: Int) -> Tensor {
    self * square().sum(axes: [axis], keepDims: true).maximum(1e-14).rsqrt()
  }

  /// Probabilities kept off 0 and 1 by Keras's epsilon.
  func clipped() -> Tensor { clamped(1e-7, 1 - 1e-7) }
}
