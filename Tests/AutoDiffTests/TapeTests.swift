import AutoDiff
import TensorCore
import Testing

/// An operation that nobody gave a gradient rule.
private struct Doubling: Operation {
  static let name = "doubling"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 1)
    return inputs
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let doubled = inputs[0].scalars(of: Double.self).map { 2 * $0 }
    outputs[0].withMutableScalars(of: Double.self) { _ = $0.update(fromContentsOf: doubled) }
  }
}

@Suite struct TapeTests {
  @Test("A value that is used twice gets the sum of both gradients")
  func gradientsAdd() {
    let dx = gradient(at: Tensor([1, 2] as [Double])) { x in (x * x + x * 3).sum() }
    #expect(dx.scalars(of: Double.self) == [5, 7])
  }

  @Test("What the result does not depend on has gradient zero, integers too")
  func independentInputs() {
    let inputs = [Tensor([1.0, 2.0]), Tensor([1, 2, 3] as [Float]), Tensor([4] as [Int64])]
    let found = gradients(at: inputs) { $0[0].sum() }
    #expect(found.map(\.spec) == inputs.map(\.spec))
    #expect(found[1].scalars(of: Float.self) == [0, 0, 0])
    #expect(found[2].scalars(of: Int64.self) == [0])
  }

  @Test("A constant function has gradient zero")
  func constantFunction() {
    #expect(gradient(at: Tensor(3.0)) { _ in Tensor(1.0) }.scalar(of: Double.self) == 0)
  }

  @Test("No gradient flows through stopGradient, on any level of nesting")
  func stopGradientStops() {
    func f(_ x: Tensor) -> Tensor { x * x.stopGradient() }
    #expect(gradient(at: Tensor(3.0), f).scalar(of: Double.self) == 3)
    #expect(gradient(at: Tensor(3.0)) { gradient(at: $0, f) }.scalar(of: Double.self) == 0)
  }

  @Test("No gradient flows through integers and comparisons")
  func integersCarryNothing() {
    let dx = gradient(at: Tensor([1.5, 2.5])) { x in
      (x.cast(to: .int64).cast(to: .float64) * x + x.greater(2).cast(to: .float64)).sum()
    }
    #expect(dx.scalars(of: Double.self) == [1, 2])
  }

  @Test("Gradients of half precision add up, in that precision")
  func halfPrecision() {
    let x = Tensor([1, 2] as [Float]).cast(to: .float16)
    let dx = gradients(at: [x]) { v in (v[0].cast(to: .float32) + v[0].cast(to: .float32).square()).sum() }[0]
    #expect(dx.dtype == .float16)
    #expect(dx.cast(to: .float32).scalars(of: Float.self) == [3, 5])
  }

  @Test("An operation without a rule runs on a tape, and does no harm where no gradient flows through it")
  func missingRuleIsHarmless() {
    let dx = gradient(at: Tensor([1, 2] as [Double])) { x in
      let doubled: Tensor = Tensor.apply(Doubling(), x)
      return (x * doubled.stopGradient()).sum() + Tensor.apply(Doubling(), x.stopGradient()).sum()
    }
    #expect(dx.scalars(of: Double.self) == [2, 4])
  }

  @Test("A gradient through an operation without a rule traps, naming operation and layer")
  func missingRuleTraps() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = gradient(at: Tensor([1, 2] as [Double])) { x in
          Execution.$layerPath.withValue("block1/odd") { Tensor.apply(Doubling(), x) as Tensor }.sum()
        }
      })
    let message = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(message.contains("\"doubling\"") && message.contains("block1/odd"))
  }

  @Test("A loss that is not a scalar traps, saying its shape")
  func notAScalar() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = gradient(at: Tensor([1, 2] as [Double])) { $0 * 2 }
      })
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("float64[2]"))
  }

  @Test("A recurrence of 10,000 steps is differentiated and released without exhausting the stack")
  func longRecurrence() {
    let steps = 10_000
    let dx = gradient(at: Tensor(1.0)) { x in
      var h = x
      for _ in 0..<steps { h = h * 0.9999 + x * 0.0001 }
      return h
    }
    #expect(abs(dx.scalar(of: Double.self) - 1) < 1e-9)
  }

  @Test("A leaked value of a tape does not keep growing a record")
  func leakedValuesArePlain() {
    var leaked = Tensor(0.0)
    _ = gradient(at: Tensor(2.0)) { x in
      leaked = x * x
      return x * 3
    }
    for _ in 0..<3 { leaked = leaked + 1 }
    #expect(leaked.trace == nil)
    #expect(leaked.scalar(of: Double.self) == 7)
  }

  @Test("Nothing that a tape saved is alive after the backward pass")
  func memoryIsReleased() {
    let count = 1 << 16
    let x = Tensor.ones([count])
    func run() { _ = gradient(at: x) { x in (0..<20).reduce(x) { y, _ in y.sin() }.sum() } }
    run()
    let before = MemoryStatistics.current.liveByteCount
    run()
    // Other tests run at the same time: less than what the tape held, not exactly nothing.
    #expect(MemoryStatistics.current.liveByteCount - before < 20 * count * 4)
  }

  @Test("Records that do not contribute are not run backwards")
  func unusedRecordsAreSkipped() {
    let tape = Tape()
    let x = tape.watch(Tensor(2.0))
    let unused: Tensor = Tensor.apply(Doubling(), x)
    let y = x * x
    #expect(tape.recordCount == 2)
    #expect(unused.scalar(of: Double.self) == 4)
    #expect(tape.gradients(of: [y], with: [Tensor(1.0)])[0].scalar(of: Double.self) == 4)
    #expect(tape.recordCount == 0)
  }

  @Test("A gradient can be captured as a graph and run on other values")
  func gradientOfACapture() throws {
    let spec = TensorSpec([3], .float64)
    let graph = try GraphCapture.capture([spec]) { [gradient(at: $0[0]) { x in (x.sin() * x).sum() }] }
    let x = Tensor([0.1, 0.5, -2])
    let expected = (x.cos() * x + x.sin()).scalars(of: Double.self)
    for (found, expected) in zip(graph.run([x])[0].scalars(of: Double.self), expected) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test("The backward pass runs under the path of the layer that asked for the operation")
  func backwardLayerPath() throws {
    let spec = TensorSpec([3], .float64)
    let graph = try GraphCapture.capture([spec]) { inputs in
      [gradient(at: inputs[0]) { x in Execution.$layerPath.withValue("dense") { x.sin() }.sum() }]
    }
    #expect(graph.nodes.contains { $0.operation as? Unary == Unary(op: .cos) && $0.layerPath == "dense" })
  }
}
