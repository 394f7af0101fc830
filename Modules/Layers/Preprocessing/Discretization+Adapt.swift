public import TensorCore

extension Discretization: AdaptableLayer {
  /// The recipe with the boundaries of `numBins` bins that hold about equally many of the numbers.
  ///
  /// - Parameter next: gives a batch of numbers of any shape, until there are no more: nil.
  /// - Throws: `invalidConfig` where the recipe has boundaries and no `numBins`, `invalidData` where there are no numbers,
  ///   or what `next` throws.
  public func adapted(batches next: () throws -> Tensor?) throws(CoreError) -> Discretization {
    guard let numBins, numBins > 0 else {
      throw CoreError(
        .invalidConfig,
        "Discretization: found num_bins \(numBins.map(String.init) ?? "null"), expected a number above 0 to adapt")
    }
    try expect(epsilon > 0 && epsilon < 1, "epsilon", epsilon, "a number between 0 and 1")
    var summary = Quantiles()
    while let batch = try nextBatch(next) {
      let numbers = batch.cast(to: .float32).scalars(of: Float.self)
      summary = Quantiles(of: numbers, epsilon).merged(with: summary, epsilon)
    }
    try expectData(!summary.values.isEmpty)
    var result = self
    result.binBoundaries = summary.compressed(1 / Double(numBins)).values.dropLast().map(Double.init)
    return result
  }
}

/// Numbers that stand for the numbers up to them, ascending, and for how many: Keras's summary of data.
private struct Quantiles {
  var values: [Float] = []
  var weights: [Float] = []

  init() {}

  /// Every n-th number.
  init(of numbers: [Float], _ epsilon: Double) {
    // As NumPy sorts, NaN comes last.
    let sorted = numbers.sorted { $0 < $1 || ($1.isNaN && !$0.isNaN) }
    let step = max(Double(sorted.count) / (1 / epsilon), 1)
    values = stride(from: Int(step - 1), to: sorted.count, by: Int(step)).map { sorted[$0] }
    weights = values.map { _ in Float(step) }
  }

  func merged(with other: Quantiles, _ epsilon: Double) -> Quantiles {
    let (values, weights) = (values + other.values, weights + other.weights)
    let order = values.indices.sorted {
      values[$0] < values[$1] || (values[$1].isNaN && !values[$0].isNaN)
    }
    var result = Quantiles()
    (result.values, result.weights) = (order.map { values[$0] }, order.map { weights[$0] })
    return result.compressed(epsilon)
  }

  /// About `1 / epsilon` numbers, interpolated at equal steps of the cumulative weights.
  func compressed(_ epsilon: Double) -> Quantiles {
    guard Double(values.count) * epsilon >= 1 else { return self }
    var sum: Float = 0
    let cumulative = weights.map { weight -> Float in
      sum += weight
      return sum
    }
    let shares = cumulative.map { Double($0 / sum) }
    let percents = (0..<Int((1 / epsilon).rounded(.up))).map { epsilon + Double($0) * epsilon }
    let ends = percents.map { Self.interpolated($0, shares, cumulative) }
    var result = Quantiles()
    result.values = percents.map { Float(Self.interpolated($0, shares, values)) }
    result.weights = zip(ends, [0] + ends).map { Float($0 - $1) }
    return result
  }

  /// NumPy's `interp`: the value at `x` of a line through points.
  private static func interpolated(_ x: Double, _ xs: [Double], _ ys: [Float]) -> Double {
    guard x < xs[xs.count - 1] else { return Double(ys[ys.count - 1]) }
    guard x >= xs[0] else { return Double(ys[0]) }
    var (low, high) = (0, xs.count)
    while low < high {
      let middle = (low + high) / 2
      if xs[middle] <= x { low = middle + 1 } else { high = middle }
    }
    let left = low - 1
    let (y, next) = (Double(ys[left]), Double(ys[left + 1]))
    return (next - y) / (xs[left + 1] - xs[left]) * (x - xs[left]) + y
  }
}
