import Glibc
import TensorCore
import Testing

@Suite struct ReduceTests {
  /// The values that fall together when `axes` are reduced, in the order of the result.
  static func groups(_ values: [Double], _ shape: Shape, _ axes: [Int]) -> [[Double]] {
    let kept = shape.array.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    var groups = [[Double]](repeating: [], count: kept.reduce(1, *))
    for (value, index) in zip(values, indices(shape.array)) {
      let target = index.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
      groups[position(target, kept)].append(value)
    }
    return groups
  }

  static func shape(_ shape: Shape, _ axes: [Int], keepDims: Bool) -> Shape {
    Shape(
      shape.array.enumerated().compactMap { axes.contains($0.offset) ? (keepDims ? 1 : nil) : $0.element })
  }

  static let shapes: [Shape] = [[], [5], [3, 4], [2, 3, 4], [2, 3, 1, 4], [2, 2, 3, 2, 2], [1, 70, 3]]

  @Test(arguments: shapes, [DType.float32, .float64, .int32, .int64])
  func overEverySubsetOfTheAxes(_ shape: Shape, _ dtype: DType) {
    let values = sampleValues(shape.elementCount).map { dtype.isInteger ? ($0 * 2).rounded() : $0 }
    let x = tensor(values, shape, dtype)
    for subset in 0..<(1 << shape.rank) {
      let axes = (0..<shape.rank).filter { subset >> $0 & 1 == 1 }
      let groups = Self.groups(values, shape, axes)
      for keepDims in [false, true] {
        let expected = Self.shape(shape, axes, keepDims: keepDims)
        let limit = dtype == .float32 ? 1e-5 : 1e-12
        expectClose(x.sum(axes: axes, keepDims: keepDims), groups.map { $0.reduce(0, +) }, expected, within: limit)
        expectClose(x.max(axes: axes, keepDims: keepDims), groups.map { $0.max()! }, expected, within: 0)
        expectClose(x.min(axes: axes, keepDims: keepDims), groups.map { $0.min()! }, expected, within: 0)
        guard dtype.isFloating else { continue }
        expectClose(x.prod(axes: axes, keepDims: keepDims), groups.map { $0.reduce(1, *) }, expected, within: limit)
        expectClose(x.mean(axes: axes, keepDims: keepDims), groups.map(Self.mean), expected, within: limit)
        expectClose(x.variance(axes: axes, keepDims: keepDims), groups.map(Self.variance), expected, within: limit)
        expectClose(
          x.logSumExp(axes: axes, keepDims: keepDims), groups.map { log($0.reduce(0) { $0 + exp($1) }) }, expected,
          within: limit)
      }
    }
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  static func variance(_ values: [Double]) -> Double {
    let mean = mean(values)
    return Self.mean(values.map { ($0 - mean) * ($0 - mean) })
  }

  @Test func noAxesMeansAllAndNegativeAxesCountFromTheEnd() {
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3])
    #expect(x.sum().shape == [] && x.sum().scalar(of: Float.self) == 21)
    #expect(x.sum(axes: [-1]).scalars(of: Float.self) == [6, 15])
    #expect(x.mean(axes: [-2], keepDims: true).shape == [1, 3])
    #expect(x.sum(axes: [-1, 0]).scalar(of: Float.self) == 21)
    expectClose(x.standardDeviation(axes: [1]), [0.81649658, 0.81649658], [2], within: 1e-6)
  }

  @Test(arguments: 0..<8)
  func anyAndAllOverEverySubset(_ subset: Int) {
    let shape: Shape = [2, 3, 2]
    let values = sampleValues(12, seed: 9).map { $0 > -0.5 }
    let axes = (0..<3).filter { subset >> $0 & 1 == 1 }
    let groups = Self.groups(values.map { $0 ? 1 : 0 }, shape, axes)
    let x = Tensor(values, shape)
    #expect(x.any(axes: axes).scalars(of: Bool.self) == groups.map { $0.contains(1) })
    #expect(x.all(axes: axes).scalars(of: Bool.self) == groups.map { !$0.contains(0) })
  }

  @Test func nothingReducesToTheNeutralElement() {
    let none = Tensor.zeros([2, 0, 3])
    #expect(none.sum(axes: [1]).scalars(of: Float.self) == [0, 0, 0, 0, 0, 0])
    #expect(none.prod().scalar(of: Float.self) == 1)
    #expect(none.mean().scalar(of: Float.self).isNaN)
    #expect(none.sum(axes: [0]).shape == [0, 3])
    #expect(none.sum(axes: [0, 1]).scalars(of: Float.self) == [0, 0, 0])
    #expect(Tensor.zeros([0, 2, 3]).sum(axes: [0, 2]).scalars(of: Float.self) == [0, 0])
    let flags = Tensor.zeros([0, 2], dtype: .bool)
    #expect(flags.any(axes: [0]).scalars(of: Bool.self) == [false, false])
    #expect(flags.all(axes: [0]).scalars(of: Bool.self) == [true, true])
  }

  @Test(arguments: [DType.float32, .float64])
  func notANumberSpreads(_ dtype: DType) {
    let x = tensor([1, .nan, 3, 4, 5, 6], [2, 3], dtype)
    for y in [x.max(axes: [1]), x.min(axes: [1]), x.sum(axes: [1]), x.mean(axes: [1])] {
      #expect(numbers(y).map(\.isNaN) == [true, false])
    }
    #expect(numbers(x.max(axes: [0])).map(\.isNaN) == [false, true, false])
  }

  @Test func longSumsKeepTheirDigits() {
    let y = Tensor.full([3_000_000], 0.1).sum().scalar(of: Float.self)
    #expect(abs(Double(y) / 300_000 - 1) < 1e-6)
  }

  @Test func theThreadCountChangesNothing() {
    let x = sample([300, 1000], .float32)
    func all() -> [[Float]] {
      [x.sum(), x.sum(axes: [0]), x.mean(axes: [1]), x.exp(), x * x].map { $0.scalars(of: Float.self) }
    }
    let one = Execution.$threadCount.withValue(1) { all() }
    let two = Execution.$threadCount.withValue(2) { all() }
    #expect(one == two)
  }

  @Test func logSumExpDoesNotOverflow() {
    let x = Tensor([1000, 1000, -.infinity, -.infinity, .infinity, 1] as [Double], [3, 2])
    let y = numbers(x.logSumExp(axes: [1]))
    #expect(abs(y[0] - (1000 + log(2))) < 1e-9 && y[1] == -.infinity && y[2] == .infinity)
  }

  @Test func objections() {
    #expect(
      objection(Reduce(op: .mean, axes: [0], keepDims: false), TensorSpec([3], .int32)).hasPrefix(
        "mean: found int32[3]"))
    #expect(objection(Reduce(op: .any, axes: [0], keepDims: false), TensorSpec([3])).hasPrefix("any: found float32[3]"))
    #expect(objection(Reduce(op: .sum, axes: [0], keepDims: false), TensorSpec([3], .bool)).contains("bool[3]"))
    #expect(
      objection(Reduce(op: .sum, axes: [1], keepDims: false), TensorSpec([3])).contains("found axes [1] for float32[3]")
    )
    #expect(captureError(TensorSpec([3])) { [$0[0].sum(axes: [0, -1])] }.contains("each at most once"))
  }
}
