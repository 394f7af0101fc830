public import TensorCore

/// The first rate up to and including the first boundary, then the next one. Keras: `PiecewiseConstantDecay`.
public struct PiecewiseConstantDecay: LearningRateSchedule {
  public static let kind = "PiecewiseConstantDecay"
  public static let template = PiecewiseConstantDecay(boundaries: [], values: [])
  public static let defaultName: String? = "PiecewiseConstant"

  public var boundaries: [Double]
  public var values: [Double]
  public var name: String?

  /// - Parameters:
  ///   - boundaries: numbers of steps, in ascending order.
  ///   - values: the rates, one more than there are boundaries.
  public init(boundaries: [Double], values: [Double]) {
    (self.boundaries, self.values) = (boundaries, values)
  }

  public func learningRate(after iterations: Int) -> Double {
    // Keras compares whole numbers.
    let index = boundaries.firstIndex { iterations <= Int($0) } ?? boundaries.count
    return Double(Float(values[index]))
  }

  public func validate() throws(CoreError) {
    guard !boundaries.isEmpty, values.count == boundaries.count + 1 else {
      throw CoreError(
        .invalidConfig,
        "found \(boundaries.count) boundaries and \(values.count) values, expected one value more than boundaries")
    }
    guard zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 <= $1 }), boundaries.allSatisfy({ abs($0) < 1e15 })
    else { throw CoreError(.invalidConfig, "found boundaries \(boundaries), expected ascending numbers of steps") }
  }
}
