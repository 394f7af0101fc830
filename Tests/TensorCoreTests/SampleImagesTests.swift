import TensorCore
import Testing

@Suite struct SampleImagesTests {
  private let row = Tensor([10, 20, 30, 40] as [Float], [1, 1, 4, 1])

  /// The row at columns, in a line.
  private func values(_ columns: [Float], _ sampling: SampleImages) -> [Float] {
    let x = Tensor(columns, [1, 1, columns.count])
    return row.sampled(x: x, y: Tensor.zeros(like: x), sampling).scalars(of: Float.self)
  }

  @Test(
    arguments: [
      (.constant, [7, 7, 10, 20, 30, 40, 7, 7]), (.reflect, [20, 10, 10, 20, 30, 40, 40, 30]),
      (.wrap, [30, 40, 10, 20, 30, 40, 10, 20]), (.nearest, [10, 10, 10, 20, 30, 40, 40, 40]),
    ] as [(ImageFillMode, [Float])])
  func whatLiesOutsideIsThatOfTheMode(_ mode: ImageFillMode, _ expected: [Float]) {
    let columns = (-2..<6).map { Float($0) }
    for isBilinear in [true, false] {
      #expect(values(columns, SampleImages(isBilinear: isBilinear, fillMode: mode, fillValue: 7)) == expected)
    }
  }

  @Test func betweenPixelsIsLinearOrTheNearest() {
    let columns: [Float] = [0.25, 1.5, 2.75, -0.5, 3.5]
    #expect(values(columns, SampleImages(fillValue: 2)) == [12.5, 25, 37.5, 6, 21])
    // Halves away from zero.
    #expect(values(columns, SampleImages(isBilinear: false, fillValue: 2)) == [10, 30, 40, 2, 2])
  }

  @Test(arguments: ImageFillMode.allCases)
  func placesThatAreNowhereAreFilled(_ mode: ImageFillMode) {
    let columns: [Float] = [.nan, .infinity, -.infinity, 1e30, -3e9]
    let sampling = SampleImages(fillMode: mode, fillValue: 5)
    #expect(values(columns, sampling) == [5, 5, 5, 5, 5])
    #expect(
      row.sampled(x: Tensor([1] as [Float], [1, 1, 1]), y: Tensor([Float.nan], [1, 1, 1]), sampling).scalar() == 5
        as Float)
  }

  @Test func theGradientIsTheTransposeOnAnyNumberOfThreads() {
    let images = sample([3, 7, 5, 2])
    let (x, y) = (sample([3, 40, 30], seed: 2) * 5, sample([3, 40, 30], seed: 3) * 6)
    let dy = sample([3, 40, 30, 2], seed: 4)
    for mode in ImageFillMode.allCases {
      let sampling = SampleImages(fillMode: mode)
      let gradient = SampleImagesGradient(sampling, height: 7, width: 5)
      let forward = numbers((images.sampled(x: x, y: y, sampling) * dy).sum())[0]
      let dx = Tensor.apply(gradient, x, y, dy)
      #expect(abs(forward - numbers((images * dx).sum())[0]) < 1e-9 * max(1, abs(forward)))
      let wide = Execution.$threadCount.withValue(3) {
        (images.sampled(x: x, y: y, sampling), Tensor.apply(gradient, x, y, dy))
      }
      #expect(numbers(wide.0) == numbers(images.sampled(x: x, y: y, sampling)))
      #expect(numbers(wide.1) == numbers(dx))
    }
  }

  @Test func shapesThatDoNotFitAreRefused() {
    let images = TensorSpec([2, 4, 5, 3])
    let places = TensorSpec([2, 6, 7])
    func message(_ operation: some Operation, _ inputs: [TensorSpec]) -> String {
      do {
        return "\(try operation.infer(inputs))"
      } catch {
        return error.message
      }
    }
    #expect(message(SampleImages(), [images, places, places]).contains("[2, 6, 7, 3]"))
    #expect(message(SampleImages(), [images, places, TensorSpec([2, 6, 8])]).contains("expected [batch"))
    #expect(
      message(SampleImages(), [images, TensorSpec([1, 6, 7]), TensorSpec([1, 6, 7])]).contains("expected [batch"))
    #expect(message(SampleImages(), [TensorSpec([2, 0, 5, 3]), places, places]).contains("at least one pixel"))
    #expect(message(SampleImages(), [images, places, TensorSpec([2, 6, 7], .float64)]).contains("float64"))
    let gradient = SampleImagesGradient(SampleImages(), height: 4, width: 5)
    #expect(message(gradient, [places, places, TensorSpec([2, 6, 8, 3])]).contains("expected the places' shape"))
  }
}
