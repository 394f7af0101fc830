import TensorCore
import Testing

@Suite struct ShapeTests {
  @Test func countsStridesAndNegativeAxes() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.rank == 3 && shape.elementCount == 24 && shape.strides == [12, 4, 1])
    #expect(shape[-1] == 4 && shape.last == 4 && shape[0] == 2)
    #expect(shape.normalized(axis: -3) == 0 && shape.normalized(axis: 3) == nil && shape.normalized(axis: -4) == nil)
    #expect(Shape().elementCount == 1 && Shape().strides.isEmpty)
    #expect(([2, 0, 3] as Shape).elementCount == 0)
    #expect(shape.description == "[2, 3, 4]" && TensorSpec(shape).description == "float32[2, 3, 4]")
  }

  @Test func editing() {
    var shape: Shape = [2, 3]
    shape.append(4)
    shape.insert(1, at: 0)
    #expect(shape == [1, 2, 3, 4])
    shape.remove(at: 1)
    shape.last = 7
    #expect(shape == [1, 3, 7] && shape[1..<3] == [3, 7])
  }

  @Test func equalityIgnoresWhatLiesBeyondTheRank() {
    var shape: Shape = [2, 3, 4]
    shape.remove(at: 2)
    #expect(shape == [2, 3] && shape.hashValue == ([2, 3] as Shape).hashValue)
    #expect(([1] as Shape) != Shape())
  }

  @Test func broadcasting() {
    #expect(Shape.broadcast([3, 1], [4]) == [3, 4])
    #expect(Shape.broadcast([], [2, 2]) == [2, 2])
    #expect(Shape.broadcast([0, 1], [1, 5]) == [0, 5])
    #expect(Shape.broadcast([1], [0]) == [0])
    #expect(Shape.broadcast([2], [3]) == nil && Shape.broadcast([2], [0]) == nil)
    #expect(Shape.broadcast(Shape(repeating: 1, count: 8), [2]) == [1, 1, 1, 1, 1, 1, 1, 2])
  }

  @Test func dimensionsFromOutsideAreChecked() {
    #expect(throws: CoreError.self) { try Shape(validating: [-1]) }
    #expect(throws: CoreError.self) { try Shape(validating: [1 << 40, 1 << 40]) }
    #expect(throws: CoreError.self) { try Shape(validating: [Int](repeating: 1, count: 9)) }
    #expect((try? Shape(validating: [3, 0])) == [3, 0])
  }

  @Test func nineDimensionsStopTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Shape([1, 1, 1, 1, 1, 1, 1, 1, 1]) }
    await #expect(processExitsWith: .failure) { _ = ([2, 3] as Shape)[2] }
  }
}
