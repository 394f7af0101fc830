import Layers
import Plan
import TensorCore
import Testing

@Suite struct PredictTests {
  private func model(seed: UInt64 = 3) throws -> Model {
    let layers = Sequential([
      InputLayer(shape: [8, 8, 2]), Conv2D(filters: 4, kernelSize: 3, padding: .same, activation: .tanh),
      BatchNormalization(), MaxPooling2D(poolSize: 2), Dropout(0.5), Flatten(),
      Dense(units: 3, activation: .softmax),
    ])
    return try Model(layers, start: .seed(seed))
  }

  private func images(_ count: Int) -> Tensor { Tensor.randomNormal([count, 8, 8, 2], key: RandomKey(seed: 7)) }

  private func expectClose(_ a: Tensor, _ b: Tensor) {
    #expect(a.spec == b.spec)
    for (x, y) in zip(a.scalars(of: Float.self), b.scalars(of: Float.self)) {
      #expect(abs(x - y) <= 1e-5 + 1e-4 * abs(y))
    }
  }

  @Test(arguments: [1, 4, 5, 8, 11]) func compiledPredictionsAreTheEagerOnesForAnyNumberOfSamples(count: Int) throws {
    let model = try model()
    let x = images(count)
    for _ in 0..<2 {
      expectClose(
        try model.predict(x, batchSize: 4), try model.predict(x, batchSize: 4, compiled: false))
    }
  }

  @Test func newWeightsMeanNewPredictions() throws {
    var model = try model()
    let x = images(3)
    let first = try model.predict(x)
    let copy = model
    for index in model.weights.tensors.indices { model.weights.tensors[index] = model.weights.tensors[index] * 2 }
    expectClose(try model.predict(x), try model.predict(x, compiled: false))
    #expect(try copy.predict(x).scalars(of: Float.self) == first.scalars(of: Float.self))
    model.weights.tensors[0].withMutableScalars(of: Float.self) { $0[0] += 1 }
    expectClose(try model.predict(x), try model.predict(x, compiled: false))
  }

  @Test func manyThreadsPredictAtOnce() async throws {
    let model = try model()
    let x = images(6)
    // One chain for all, so that the last bits are the same.
    try await Execution.$backends.withValue([]) {
      let expected = try model.predict(x, batchSize: 4).scalars(of: Float.self)
      try await withThrowingTaskGroup(of: [Float].self) { group in
        for _ in 0..<24 { group.addTask { try model.predict(x, batchSize: 4).scalars(of: Float.self) } }
        for try await result in group { #expect(result == expected) }
      }
    }
  }

  @Test func noSamplesAreNoError() throws {
    #expect(try model().predict(images(0)).shape == [0, 3])
  }

  @Test func inputsThatDoNotFitAreRefused() throws {
    let error = #expect(throws: CoreError.self) { try model().predict(Tensor.zeros([2, 8, 8, 3])) }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func aPrecisionThatNobodyHasIsAnError() throws {
    let model = try model()
    let x = images(3)
    Execution.$backends.withValue([]) {
      let error = #expect(throws: CoreError.self) { try model.predict(x, precision: .bfloat16) }
      #expect(error?.code == .backendUnavailable)
    }
  }

  @Test func aPrecisionThatNoPlanComputesIsAnError() throws {
    let model = try model()
    let x = images(3)
    let eager = #expect(throws: CoreError.self) { try model.predict(x, compiled: false, precision: .bfloat16) }
    #expect(eager?.code == .invalidArgument && eager?.message.contains("not to be compiled") == true)
    let watched = #expect(throws: CoreError.self) {
      _ = try GraphCapture.capture([x.spec]) { (inputs) throws(CoreError) in
        [try model.predict(inputs[0], precision: .bfloat16)]
      }
    }
    #expect(watched?.message.contains("interpreter watches") == true)
    let required = #expect(throws: CoreError.self) {
      _ = try GraphCapture.capture([x.spec]) { (inputs) throws(CoreError) in
        [try model.predict(inputs[0], compiled: true)]
      }
    }
    #expect(required?.message.contains("interpreter watches") == true)
    expectClose(try model.predict(x, compiled: true), try model.predict(x, compiled: false))
  }
}
