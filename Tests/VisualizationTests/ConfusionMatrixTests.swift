import Foundation
import TensorCore
import Testing
import Visualization

@Suite struct ConfusionMatrixTests {
  @Test func pairsAreCountedByTruthAndPrediction() throws {
    let matrix = try ConfusionMatrix(
      truth: [0, 0, 1, 2, 2, 2], predictions: [0, 1, 1, 2, 2, 0], labels: ["a", "b", "c"])
    #expect(matrix.counts == [[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    #expect(matrix.total == 6)
    #expect(matrix.accuracy == 4.0 / 6)
  }

  @Test func thePictureHasEveryCountAndLabel() throws {
    let matrix = try ConfusionMatrix(truth: [0, 0, 0, 1], predictions: [0, 0, 1, 1], labels: ["cat & dog", "<b>"])
    let svg = matrix.svg(title: "Pets")
    #expect(isWellFormed(svg))
    #expect(svg.contains(">Pets</text>") && svg.contains("cat &amp; dog") && svg.contains("&lt;b&gt;"))
    #expect(svg.contains("4 samples, 75.00 % correct"))
    #expect(svg.contains(">2</text>"))
  }

  @Test func aClassWithoutLabelIsAnError() {
    #expect(throws: CoreError.self) { try ConfusionMatrix(truth: [0], predictions: [2], labels: ["a", "b"]) }
    #expect(throws: CoreError.self) { try ConfusionMatrix(truth: [-1], predictions: [0], labels: ["a", "b"]) }
  }

  @Test func numbersOfPairsMustAgree() {
    #expect(throws: CoreError.self) { try ConfusionMatrix(truth: [0, 1], predictions: [0], labels: ["a", "b"]) }
  }

  @Test(arguments: [0, 1, 12, 60]) func anyNumberOfClassesMakesAPicture(_ count: Int) throws {
    let labels = (0..<count).map { "class \($0)" }
    let matrix = try ConfusionMatrix(truth: Array(0..<count), predictions: Array(0..<count), labels: labels)
    #expect(isWellFormed(matrix.svg()))
    #expect(matrix.accuracy == (count == 0 ? 0 : 1))
  }
}
