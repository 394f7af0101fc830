import TensorCore
import Testing

@Suite struct PoolTests {
  static let cases: [WindowCase] = [
    WindowCase(input: [2, 9, 3], kernel: [3], strides: [2], padding: .same),
    WindowCase(input: [2, 8, 8, 6], kernel: [2, 2], strides: [2, 2]),
    WindowCase(input: [1, 7, 9, 1], kernel: [2, 2], strides: [2, 2]),
    WindowCase(input: [1, 7, 5, 2], kernel: [3, 3], strides: [2, 2], padding: .same),
    WindowCase(input: [1, 6, 6, 17], kernel: [3, 2], strides: [1, 2]),
    WindowCase(input: [1, 5, 5, 4], kernel: [3, 3], strides: [1, 1], padding: .same),
    WindowCase(input: [1, 5, 6, 3], kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1], [1, 1])),
    WindowCase(input: [1, 4, 5, 4, 2], kernel: [2, 3, 2], strides: [2, 1, 2], padding: .same),
  ]

  /// For every output element, in order, the input elements of its window, in order.
  func windows(_ c: WindowCase) -> [[Int]] {
    let (outputs, channels) = (c.outputShape.array, c.input.last!)
    var windows = [[Int]](repeating: [], count: c.outputShape.elementCount)
    c.forEachPlace { pixel, _, output in
      for sample in 0..<c.input[0] {
        for channel in 0..<channels {
          windows[position([sample] + output + [channel], outputs)].append(
            position([sample] + pixel + [channel], c.input))
        }
      }
    }
    return windows
  }

  @Test(arguments: cases, [DType.float32, .float64])
  func averagesLeavePaddingOut(_ c: WindowCase, _ dtype: DType) {
    let x = sample(Shape(c.input), seed: 5, dtype)
    let dy = sample(c.outputShape, seed: 6, dtype)
    let (xs, dys, windows) = (numbers(x), numbers(dy), windows(c))
    var dx = [Double](repeating: 0, count: xs.count)
    for (window, dy) in zip(windows, dys) { for place in window { dx[place] += dy / Double(window.count) } }
    let means = windows.map { $0.reduce(0) { $0 + xs[$1] } / Double($0.count) }
    expectClose(
      x.averagePool(window: c.kernel, strides: c.strides, padding: c.padding), means, c.outputShape,
      within: tolerance(dtype))
    let gradient = AveragePoolGradient(
      window: c.kernel, strides: c.strides, padding: c.padding, inputShape: x.shape)
    expectClose(Tensor.apply(gradient, dy), dx, x.shape, within: tolerance(dtype))
  }

  @Test(arguments: cases, [DType.float32, .float64])
  func maximaAndTheirGradientsTakeTheFirst(_ c: WindowCase, _ dtype: DType) throws {
    // Few different values, so that most windows have their maximum more than once.
    let values = sampleValues(Shape(c.input).elementCount, seed: 7).map { $0.rounded() }
    let x = tensor(values, Shape(c.input), dtype)
    let (dy, v) = (sample(c.outputShape, seed: 8, dtype), sample(x.shape, seed: 9, dtype))
    let firsts = try windows(c).map { window in
      let best = try #require(window.map { values[$0] }.max())
      return try #require(window.first { values[$0] == best })
    }
    var dx = [Double](repeating: 0, count: values.count)
    for (first, dy) in zip(firsts, numbers(dy)) { dx[first] += dy }
    expectClose(
      x.maxPool(window: c.kernel, strides: c.strides, padding: c.padding), firsts.map { values[$0] }, c.outputShape,
      within: 0)
    let gradient = MaxPoolGradient(window: c.kernel, strides: c.strides, padding: c.padding)
    expectClose(Tensor.apply(gradient, x, dy), dx, x.shape, within: tolerance(dtype))
    let y = x.maxPool(window: c.kernel, strides: c.strides, padding: c.padding)
    let known = MaxPoolGradient(window: c.kernel, strides: c.strides, padding: c.padding, hasPooled: true)
    expectClose(Tensor.apply(known, x, dy, y), dx, x.shape, within: tolerance(dtype))
    let gather = MaxPoolGather(window: c.kernel, strides: c.strides, padding: c.padding)
    let vs = numbers(v)
    expectClose(Tensor.apply(gather, x, v), firsts.map { vs[$0] }, c.outputShape, within: 0)
  }

  @Test(arguments: cases)
  func ofBFloat16NumbersTheMaximumIsExact(_ c: WindowCase) throws {
    let x = sample(Shape(c.input), seed: 7).cast(to: .bfloat16)
    let wide = x.cast(to: .float32).maxPool(window: c.kernel, strides: c.strides, padding: c.padding)
    let y = x.maxPool(window: c.kernel, strides: c.strides, padding: c.padding)
    #expect(y.dtype == .bfloat16)
    #expect(y.cast(to: .float32).scalars(of: Float.self) == wide.scalars(of: Float.self))
    let operation = Pool(kind: .max, window: c.kernel, strides: c.strides, padding: c.padding)
    let prepared = try PreparedOperation(operation, inputs: [x.spec], backends: [])
    #expect(prepared.kernel != nil)
    #expect(prepared.run([x])[0].cast(to: .float32).scalars(of: Float.self) == wide.scalars(of: Float.self))
  }

  @Test func notANumberIsTheMaximum() {
    let x = Tensor([1, .nan, 3, 2] as [Double], [1, 4, 1])
    expectClose(x.maxPool(window: [2]), [.nan, 3], [1, 2, 1], within: 0)
    let v = Tensor([10, 20, 30, 40] as [Double], [1, 4, 1])
    expectClose(Tensor.apply(MaxPoolGather(window: [2]), x, v), [20, 30], [1, 2, 1], within: 0)
    let dy = Tensor([5, 6] as [Double], [1, 2, 1])
    expectClose(Tensor.apply(MaxPoolGradient(window: [2]), x, dy), [0, 5, 6, 0], [1, 4, 1], within: 0)
  }

  @Test func objectionsTellWhatIsExpected() {
    let pool = Pool(kind: .max, window: [2, 2])
    #expect(
      objection(pool, TensorSpec([2, 8, 8])) == "pool: found input [2, 8, 8], expected [batch, height, width, channels]"
    )
    #expect(
      objection(pool, TensorSpec([2, 1, 8, 3]))
        == "pool: found input [2, 1, 8, 3] for windows [2, 2] by strides [2, 2] and padding valid, expected at least "
        + "[2, 2] pixels: the output [0, 4] would be empty")
    #expect(
      objection(Pool(kind: .max, window: [0, 2], strides: [1, 1]), TensorSpec([2, 8, 8, 1])).contains("window"))
    #expect(objection(Pool(kind: .max, window: [2], strides: [1, 1]), TensorSpec([2, 8, 8, 1])).contains("window"))
    #expect(objection(pool, TensorSpec([2, 8, 8, 1], .int32)).contains("expected float32 or float64; cast it with"))
    #expect(
      objection(MaxPoolGradient(window: [2, 2]), TensorSpec([1, 4, 4, 1]), TensorSpec([1, 4, 4, 1])).contains("dy"))
  }
}
