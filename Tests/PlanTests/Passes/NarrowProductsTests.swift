import Plan
import TensorCore
import Testing

@Suite struct NarrowProductsTests {
  private let x = sample([2, 8, 8, 3])
  private let kernel = sample([3, 3, 3, 4], 2) * 0.3
  private let second = sample([3, 3, 4, 4], 3) * 0.3
  private let bias = sample([4], 4)
  private let everything = NarrowProducts { _, _ in true }

  @Test func whatGoesFromProductToProductStaysInBFloat16() throws {
    let result = try compile([x], [everything]) {
      let y = $0[0].conv(kernel, bias, activation: .relu).maxPool(window: [2, 2]).padded(
        before: [0, 1, 1, 0], after: [0, 1, 1, 0])
      return [y.conv(second, bias).reshaped([2, -1]).linear(sample([36, 5], 5) * 0.2, activation: .tanh)]
    }
    #expect(result.names == ["cast", "conv", "pool", "pad", "conv", "reshape", "linear", "cast"])
    // The last result is float32 as it was.
    #expect(result.found[0].dtype == .float32)
    result.expectSameValues(within: 3e-2)
  }

  @Test func weightsAreRoundedOnceAndBiasesAreNot() throws {
    let result = try compile([x], [everything]) { [$0[0].conv(kernel, bias)] }
    let conv = try #require(result.graph.nodes.dropLast().last)
    #expect(conv.inputs.map { result.graph.specs[$0].dtype } == [.bfloat16, .bfloat16, .float32])
    let rounded = kernel.cast(to: .bfloat16).cast(to: .float32)
    let expected = x.cast(to: .bfloat16).cast(to: .float32).conv(rounded, bias).cast(to: .bfloat16).cast(to: .float32)
    #expect(result.found[0].scalars(of: Float.self) == expected.scalars(of: Float.self))
  }

  @Test func aResidualIsInBFloat16Too() throws {
    let result = try compile([x], [ResidualFolding(), everything]) {
      let y = $0[0].conv(kernel, padding: .same)
      return [(y + y.conv(second, bias, padding: .same)).tanh()]
    }
    #expect(result.names == ["cast", "conv", "conv", "cast", "unary"])
    result.expectSameValues(within: 3e-2)
  }

  @Test func valuesThatOthersReadAreFloat32ForThem() throws {
    let result = try compile([x], [everything]) {
      let y = $0[0].conv(kernel)
      return [y, y.conv(second)]
    }
    #expect(result.found.map(\.dtype) == [.float32, .float32])
    result.expectSameValues(within: 3e-2)
  }

  @Test func whatWasNotComputedInBFloat16IsNotRoundedForOthers() throws {
    let result = try compile([x], [everything]) { [$0[0].conv(kernel), $0[0].transposed([0, 3, 1, 2])] }
    #expect(result.found[1].scalars(of: Float.self) == result.expected[1].scalars(of: Float.self))
  }

  @Test func whatIsNotSupportedStays() throws {
    let convolutions = NarrowProducts { operation, _ in operation is Conv }
    let result = try compile([x], [convolutions]) {
      [$0[0].conv(kernel).maxPool(window: [2, 2]).reshaped([2, -1]).linear(sample([36, 5], 5))]
    }
    #expect(result.names == ["cast", "conv", "cast", "pool", "reshape", "linear"])
    #expect(result.graph.specs[result.graph.nodes[5].inputs[0]].dtype == .float32)
    result.expectSameValues(within: 5e-2)
    let none = try compile([x], [NarrowProducts { _, _ in false }]) { [$0[0].conv(kernel)] }
    #expect(none.names == ["conv"])
  }

  @Test func otherTypesAndWeightsGivenAtRunTimeStay() throws {
    let wide = try compile([x.cast(to: .float64)], [everything]) { [$0[0].conv(kernel.cast(to: .float64))] }
    #expect(wide.names == ["conv"])
    wide.expectSameValues(within: 0)
    let given = try compile([x, kernel], [everything]) { [$0[0].conv($0[1])] }
    #expect(given.names == ["conv"])
    given.expectSameValues(within: 0)
  }

  @Test func aPlanWithoutABackendForItSaysSo() throws {
    try Execution.$backends.withValue([]) {
      let error = #expect(throws: CoreError.self) {
        try InferencePlan(inputs: [x.spec], precision: .bfloat16) { (arguments) throws(CoreError) in
          [arguments[0].conv(kernel)]
        }
      }
      #expect(error?.code == .backendUnavailable)
      #expect(error?.message.contains("1 products") == true)
      // Where nothing is multiplied, there is nothing to ask a backend for.
      let plan = try InferencePlan(inputs: [x.spec], precision: .bfloat16) { (arguments) throws(CoreError) in
        [arguments[0].relu()]
      }
      #expect(try plan.run([x])[0].dtype == .float32)
    }
  }
}
