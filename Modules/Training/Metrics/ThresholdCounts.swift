internal import TensorCore

/// True and false positives and negatives at each of several thresholds: `4 · thresholds.count` numbers that add up over
/// batches. A prediction above a threshold is positive.
struct ThresholdCounts: Sendable {
  /// In float32, as Keras compares them.
  let thresholds: [Float]

  init(_ thresholds: [Double]) { self.thresholds = thresholds.map { Float($0) } }

  /// `count` thresholds from 0 to 1, evenly; the outer ones moved off by `margin`.
  init(evenly count: Int, margin: Double = 0) {
    let inner = count > 2 ? (1...(count - 2)).map { Double($0) / Double(count - 1) } : []
    self.init(count == 1 ? [0.5] : [-margin] + inner + [1 + margin])
  }

  var stateCount: Int { 4 * thresholds.count }

  /// What a batch adds, all elements alike.
  ///
  /// - Parameters:
  ///   - targets: above 0 is positive.
  ///   - predictions: of the same number of elements.
  ///   - weights: that broadcast over the targets' leading axes.
  func statistics(_ targets: Tensor, _ predictions: Tensor, weights: Tensor?) -> [Double] {
    let order = thresholds.indices.sorted { thresholds[$0] < thresholds[$1] }
    let sorted = order.map { thresholds[$0] }
    // How much lies between one threshold and the next.
    var positive = [Double](repeating: 0, count: sorted.count + 1)
    var negative = positive
    let factors = weights.map { weights in
      LossReduction.aligned(weights.cast(to: .float32), with: predictions).broadcast(to: predictions.shape)
        .scalars(of: Float.self)
    }
    let (labels, scores) = (Self.scalars(targets), Self.scalars(predictions))
    for index in scores.indices {
      let place = Self.count(below: scores[index], in: sorted)
      let factor = factors.map { Double($0[index]) } ?? 1
      if labels[index] != 0 { positive[place] += factor } else { negative[place] += factor }
    }
    return state(order, positive, negative)
  }

  /// The sums above each threshold are the true and false positives, those up to it the negatives.
  private func state(_ order: [Int], _ positive: [Double], _ negative: [Double]) -> [Double] {
    let count = thresholds.count
    var state = [Double](repeating: 0, count: 4 * count)
    let (allPositive, allNegative) = (positive.reduce(0, +), negative.reduce(0, +))
    var (belowPositive, belowNegative) = (0.0, 0.0)
    for (rank, index) in order.enumerated() {
      belowPositive += positive[rank]
      belowNegative += negative[rank]
      state[index] = allPositive - belowPositive
      state[count + index] = allNegative - belowNegative
      state[2 * count + index] = belowNegative
      state[3 * count + index] = belowPositive
    }
    return state
  }

  private static func scalars(_ tensor: Tensor) -> [Float] { tensor.cast(to: .float32).scalars(of: Float.self) }

  /// How many of the ascending thresholds a score is above.
  private static func count(below score: Float, in thresholds: [Float]) -> Int {
    var (low, high) = (0, thresholds.count)
    while low < high {
      let middle = (low + high) / 2
      if thresholds[middle] < score { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// A state's numbers by kind, one per threshold.
  struct Counts {
    let truePositives: [Double]
    let falsePositives: [Double]
    let trueNegatives: [Double]
    let falseNegatives: [Double]

    var precisions: [Double] { zip(truePositives, falsePositives).map { Self.share($0, $1) } }
    var recalls: [Double] { zip(truePositives, falseNegatives).map { Self.share($0, $1) } }
    var specificities: [Double] { zip(trueNegatives, falsePositives).map { Self.share($0, $1) } }

    /// a / (a + b), 0 where there is nothing.
    static func share(_ a: Double, _ b: Double) -> Double { a + b == 0 ? 0 : a / (a + b) }
  }

  func counts(_ state: [Double]) -> Counts {
    let parts = (0..<4).map { Array(state[($0 * thresholds.count)..<(($0 + 1) * thresholds.count)]) }
    return Counts(
      truePositives: parts[0], falsePositives: parts[1], trueNegatives: parts[2], falseNegatives: parts[3])
  }
}

/// One threshold or several, as configs spell them.
public struct Thresholds: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral {
  public var values: [Double]
  private var isList: Bool

  public init(_ value: Double) { (values, isList) = ([value], false) }

  public init(_ values: [Double]) { (self.values, isList) = (values, true) }

  public init(floatLiteral value: Double) { self.init(value) }

  public init(arrayLiteral elements: Double...) { self.init(elements) }
}

extension Thresholds: Codable {
  public init(from decoder: any Decoder) throws {
    if let value = try? decoder.singleValueContainer().decode(Double.self) {
      self.init(value)
    } else {
      self.init(try [Double](from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if isList { try values.encode(to: encoder) } else { try values[0].encode(to: encoder) }
  }
}
