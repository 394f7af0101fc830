import TensorCore
import Testing

@Suite struct ReverseTests {
  @Test(arguments: [[0], [1], [2], [0, 2], [0, 1, 2], [-1], []])
  func theNamedAxesTurnRound(_ axes: [Int]) {
    let shape: Shape = [2, 3, 5]
    let x = sample(shape)
    let turned = axes.map { $0 < 0 ? $0 + 3 : $0 }
    let expected = indices(shape.array).map { index in
      let source = index.enumerated().map { turned.contains($0) ? shape[$0] - 1 - $1 : $1 }
      return numbers(x)[position(source, shape.array)]
    }
    expectClose(x.reversed(axes: axes), expected, shape, within: 0)
  }

  @Test func objections() {
    #expect(objection(Reverse(axes: [1]), TensorSpec([3])).contains("found axis 1"))
    #expect(objection(Reverse(axes: [0, 0]), TensorSpec([3])).contains("each at most once"))
  }
}
