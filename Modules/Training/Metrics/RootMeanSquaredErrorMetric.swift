public import TensorCore

/// The root of the mean of all squared differences. Keras: `RootMeanSquaredError`.
public struct RootMeanSquaredErrorMetric: MeanMetric {
  public static let kind = "RootMeanSquaredError"
  public static let names = ["root_mean_squared_error", "rmse"]
  public static let template = RootMeanSquaredErrorMetric()

  public init() {}

  public var heedsMasks: Bool { false }

  public func check(_ targets: TensorSpec, _ predictions: TensorSpec) throws(CoreError) {
    try expectSameShape(targets, predictions)
  }

  public func values(_ targets: Tensor, _ predictions: Tensor) -> Tensor {
    targets.cast(to: predictions.dtype).squaredDifference(predictions)
  }

  public func result(_ state: [Double]) -> Double { state[1] == 0 ? 0 : (state[0] / state[1]).squareRoot() }
}
