import TensorCore
import Testing

@Suite struct GraphCaptureTests {
  static func function(_ x: [Tensor]) -> [Tensor] {
    let table = Tensor([1, 2, 3] as [Float])
    let y = (x[0] * table + x[1]).tanh()
    return [y.sum(axes: [0]), y.max(), x[1]]
  }

  @Test func aGraphRunsToTheSameValues() throws {
    let arguments = [sample([4, 3], .float32), sample([4, 1], seed: 2, .float32)]
    let graph = try GraphCapture.capture(arguments.map(\.spec), Self.function)
    let (found, expected) = (graph.run(arguments), Self.function(arguments))
    #expect(found.map(\.spec) == expected.map(\.spec))
    for (a, b) in zip(found, expected) { #expect(a.scalars(of: Float.self) == b.scalars(of: Float.self)) }
  }

  @Test func aGraphNamesWhatItNeeds() throws {
    let graph = try GraphCapture.capture([TensorSpec([4, 3]), TensorSpec([4, 1])], Self.function)
    #expect(graph.inputs.count == 2 && graph.outputs.count == 3 && graph.constants.count == 1)
    #expect(graph.nodes.map { type(of: $0.operation).name } == ["binary", "binary", "unary", "reduce", "reduce"])
    #expect(graph.outputs[2] == graph.inputs[1])
  }

  @Test func oneTensorIsOneConstant() throws {
    let c = Tensor([1, 2] as [Float])
    let graph = try GraphCapture.capture([TensorSpec([2])]) { [$0[0] + c + c * $0[0], c] }
    #expect(graph.constants.count == 1)
    #expect(graph.run([Tensor([1, 1] as [Float])]).map { $0.scalars(of: Float.self) } == [[3, 5], [1, 2]])
  }

  @Test func severalOutputsAndRandomKeysAreCaptured() throws {
    let graph = try GraphCapture.capture([TensorSpec([2], .int64), TensorSpec([5])]) { inputs in
      let noise = Tensor.randomUniform([5], key: RandomKey(base: inputs[0], stream: 3))
      let (values, places) = (inputs[1] + noise).topK(2)
      return [values, places]
    }
    let x = Tensor([1, 5, 3, 9, 7] as [Float])
    for seed in [1, 2] as [UInt64] {
      let key = RandomKey(seed: seed)
      let expected = (x + Tensor.randomUniform([5], key: RandomKey(base: key.base, stream: 3))).topK(2)
      let found = graph.run([key.base, x])
      #expect(found[0].scalars(of: Float.self) == expected.values.scalars(of: Float.self))
      #expect(found[1].scalars(of: Int64.self) == [3, 4])
    }
  }

  @Test func aFailingShapeRuleThrowsWithTheLayersPath() {
    let error = #expect(throws: CoreError.self) {
      try GraphCapture.capture([TensorSpec([3]), TensorSpec([4])]) { inputs in
        Execution.$layerPath.withValue("block1/merge") {
          let wrong = inputs[0] + inputs[1]
          return [(wrong * inputs[1]).sum()]
        }
      }
    }
    #expect(error?.path == ["block1/merge"] && error?.code == .shapeMismatch)
    #expect(error?.description.contains("block1/merge: add: found float32[3] and float32[4]") == true)
  }

  @Test func nodesRememberTheirLayer() throws {
    let graph = try GraphCapture.capture([TensorSpec([3])]) { inputs in
      [Execution.$layerPath.withValue("first") { inputs[0].exp() }.log()]
    }
    #expect(graph.nodes.map(\.layerPath) == ["first", ""])
  }

  @Test func capturesNest() throws {
    let inner = try GraphCapture.capture([TensorSpec([2])]) { [$0[0] * $0[0]] }
    let outer = try GraphCapture.capture([TensorSpec([2])]) { inner.run([$0[0] + 1]) }
    #expect(outer.nodes.count == 2)
    #expect(outer.run([Tensor([1, 2] as [Float])])[0].scalars(of: Float.self) == [4, 9])
  }

  @Test func hollowTensorsCannotBeRead() {
    let error = #expect(throws: CoreError.self) {
      try GraphCapture.capture([TensorSpec([2])]) { inputs in
        let values = inputs[0].scalars(of: Float.self)
        return [inputs[0] * Double(values[0])]
      }
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("no values") == true)
  }
}
