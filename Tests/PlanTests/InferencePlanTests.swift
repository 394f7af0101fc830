import Layers
import Plan
import TensorCore
import Testing

@Suite struct InferencePlanTests {
  private func smallNet() throws -> Model {
    let image = Symbol.input([8, 8, 2])
    let stem = Conv2D(filters: 4, kernelSize: 3, padding: .same, activation: .relu)(image)
    let normalized = BatchNormalization()(stem)
    let sum = Add()([stem, normalized])
    let pooled = GlobalAveragePooling2D()(MaxPooling2D(poolSize: 2)(sum))
    return try Model(inputs: [image], outputs: [Dense(units: 3, activation: .softmax)(pooled)], start: .seed(3))
  }

  @Test func planGivesWhatTheModelGives() throws {
    let model = try smallNet()
    let input = Tensor.randomNormal([5, 8, 8, 2], key: RandomKey(seed: 1))
    let plan = try InferencePlan(inputs: [input.spec]) { (arguments) throws(CoreError) in
      var context = CallContext(weights: model.weights)
      return model(arguments, &context)
    }
    let planned = try plan.run([input])[0].scalars(of: Float.self)
    let eager = try model.infer([input])[0].scalars(of: Float.self)
    #expect(planned == eager)
  }

  @Test func whatDependsOnConstantsAloneIsComputedOnce() throws {
    let scale = Tensor([1, 2, 3] as [Float])
    let plan = try InferencePlan(inputs: [TensorSpec([2, 3])]) { (arguments) throws(CoreError) in
      [arguments[0] * (scale + 1).sqrt()]
    }
    #expect(plan.graph.nodes.count == 1)
    let result = try plan.run([Tensor.ones([2, 3])])[0].scalars(of: Float.self)
    let row = [Float(2).squareRoot(), Float(3).squareRoot(), 2]
    #expect(result == row + row)
  }

  @Test func equalSubexpressionsAreComputedOnceAndDeadOnesNever() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (arguments) throws(CoreError) in
      _ = arguments[0].tanh()
      return [arguments[0].exp() + arguments[0].exp()]
    }
    #expect(plan.graph.nodes.count == 2)
    let result = try plan.run([Tensor([0, 0, 0, 0] as [Float])])[0].scalars(of: Float.self)
    #expect(result == [2, 2, 2, 2])
  }

  /// Takes `Linear` with constant weights, of which it keeps a copy.
  private struct Packing: Backend {
    let name = "packing"

    var kernels: KernelTable {
      var table = KernelTable()
      table.register(Linear.self) { operation, request in
        guard let weights = request.constants[1]?.scalars(of: Float.self) else { return nil }
        let (k, n) = (request.inputs[1].shape[0], request.inputs[1].shape[1])
        return Kernel(unreadInputs: [1]) { arguments in
          let x = arguments.inputs[0].assumingMemoryBound(to: Float.self)
          let y = arguments.outputs[0].assumingMemoryBound(to: Float.self)
          for j in 0..<n { y[j] = (0..<k).reduce(0) { $0 + x[$1] * weights[$1 * n + j] } }
        }
      }
      return table
    }
  }

  @Test func constantsThatAKernelHasPackedAreGivenBack() throws {
    let weights = Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3])
    try Execution.$backends.withValue([Packing()]) {
      let plan = try InferencePlan(inputs: [TensorSpec([1, 2])]) { (arguments) throws(CoreError) in
        [arguments[0].linear(weights * 2), arguments[0].linear(weights) + weights]
      }
      // The product of doubled weights is packed; the weights themselves are also added to something.
      #expect(plan.graph.constants.values.contains { $0.shape == [2, 3] && $0.scalars(of: Float.self)[0] == 1 })
      #expect(!plan.graph.constants.values.contains { $0.shape == [2, 3] && $0.scalars(of: Float.self)[5] == 12 })
      let x = Tensor([1, 10] as [Float], [1, 2])
      let results = try plan.run([x])
      #expect(results[0].scalars(of: Float.self) == [82, 104, 126])
      #expect(results[1].scalars(of: Float.self) == [42, 54, 66, 45, 57, 69])
      // Who watches sees the function that was captured.
      let seen = try GraphCapture.capture([x.spec]) { (arguments) throws(CoreError) in try plan.run(arguments) }
      #expect(seen.run([x])[0].scalars(of: Float.self) == [82, 104, 126])
    }
  }

  @Test func argumentsOfOtherSpecsAreRefused() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (arguments) throws(CoreError) in [arguments[0].exp()] }
    let error = #expect(throws: CoreError.self) { try plan.run([Tensor.ones([5])]) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.message.contains("float32[5]") == true && error?.message.contains("float32[4]") == true)
  }

  @Test func aShapeRuleThatFailsNamesTheLayer() throws {
    let model = try Model(Sequential([InputLayer(shape: [4]), Dense(units: 2)], name: "tiny"))
    let error = #expect(throws: CoreError.self) {
      try InferencePlan(inputs: [TensorSpec([1, 5])]) { (arguments) throws(CoreError) in
        var context = CallContext(weights: model.weights)
        return model(arguments, &context)
      }
    }
    #expect(error?.path.first == "dense")
  }

  @Test func onePlanServesManyTasks() async throws {
    let model = try smallNet()
    let input = Tensor.randomNormal([2, 8, 8, 2], key: RandomKey(seed: 4))
    let plan = try InferencePlan(inputs: [input.spec]) { (arguments) throws(CoreError) in
      var context = CallContext(weights: model.weights)
      return model(arguments, &context)
    }
    let expected = try plan.run([input])[0].scalars(of: Float.self)
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<8 { group.addTask { try plan.run([input])[0].scalars(of: Float.self) } }
      for try await result in group { #expect(result == expected) }
    }
  }
}
