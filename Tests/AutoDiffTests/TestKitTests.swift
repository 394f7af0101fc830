import AutoDiff
import TensorCore
import TestKit
import Testing

/// A backend whose exponential is a little off.
private struct OffBackend: Backend {
  let name = "off"
  let kernels: KernelTable

  init(error: Float) {
    var table = KernelTable()
    table.register(Unary.self) { operation, request in
      guard operation.op == .square, request.inputs[0].dtype == .float32 else { return nil }
      let count = request.inputs[0].elementCount
      return Kernel { arguments in
        let x = arguments.inputs[0].assumingMemoryBound(to: Float.self)
        let y = arguments.outputs[0].assumingMemoryBound(to: Float.self)
        for index in 0..<count { y[index] = x[index] * x[index] + error }
      }
    }
    kernels = table
  }
}

/// An operation that forgets its last element and accepts any number of inputs.
private struct Careless: Operation {
  static let name = "careless"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] { [TensorSpec([3], .float64)] }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    outputs[0].withMutableScalars(of: Double.self) { ($0[0], $0[1]) = (1, 2) }
  }
}

/// The same with a proper shape rule.
private struct Forgetful: Operation {
  static let name = "forgetful"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] {
    try expect(inputs, count: 0)
    return [TensorSpec([3], .float64)]
  }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { Careless().evaluate(inputs, into: &outputs) }
}

@Suite struct TestKitTests {
  @Test("checkBackend accepts a right kernel, and says which cases it took")
  func backendPasses() throws {
    let report = try checkBackend(OffBackend(error: 0))
    #expect(report.accelerated == ["unary square"])
    #expect(report.caseCount > OperationCorpus.cases.count)
  }

  @Test("checkBackend finds a kernel that is a little off")
  func backendFails() throws {
    let error = try #require(throws: CoreError.self) { try checkBackend(OffBackend(error: 1e-2)) }
    #expect(error.message.contains("backend off") && error.message.contains("unary square, output 0: 35 of 35"))
  }

  @Test("checkOperation finds a lax shape rule, and elements that are not written")
  func carelessOperations() throws {
    let lax = try #require(throws: CoreError.self) { try checkOperation(Careless(), inputs: []) }
    #expect(lax.message.contains("accepts 1 inputs, expected an error"))
    let forgetful = try #require(throws: CoreError.self) { try checkOperation(Forgetful(), inputs: []) }
    #expect(forgetful.message.contains("does not write every element"))
  }

  @Test("checkGradients finds a gradient that is missing")
  func missingGradient() throws {
    let error = try #require(throws: CoreError.self) {
      try checkGradients({ $0[0] * $0[0].stopGradient() }, at: [Tensor([1.0, 2.0])], name: "half a square")
    }
    #expect(error.message.contains("half a square") && error.message.contains("element 1"))
  }

  @Test("NaNGuard names the operation and the layer that made the first NaN")
  func nanGuard() throws {
    let x = Tensor([1, -1] as [Float])
    let error = try #require(throws: CoreError.self) {
      try NaNGuard.run([x]) { inputs in
        let root = Execution.$layerPath.withValue("block/root") { inputs[0].sqrt() }
        return [root.exp()]
      }
    }
    #expect(error.code == .notFinite && error.path == ["block/root"] && error.message.contains("\"unary\""))
    let fine = try NaNGuard.run([x]) { [$0[0] * 2] }
    #expect(fine[0].trace == nil && fine[0].scalars(of: Float.self) == [2, -2])
  }
}
