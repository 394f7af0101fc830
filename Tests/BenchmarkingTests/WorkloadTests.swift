import Benchmarking
import TensorCore
import Testing

@Suite struct WorkloadTests {
  @Test func namesAreUnique() {
    #expect(Set(Workload.all.map(\.name)).count == Workload.all.count)
  }

  @Test func anUnknownNameIsAnErrorWithTheKnownOnes() {
    let error = #expect(throws: CoreError.self) { try Workload.named("lenet_fly") }
    #expect(error?.message.contains("lenet_fly") == true && error?.message.contains("lenet_train") == true)
  }

  /// The numbers of trainable parameters of the same nets in Keras.
  @Test(arguments: [
    ("mlp_train", 407_050), ("lenet_predict1", 61_706), ("lenetwide_train", 225_034), ("ecg_train", 461_572),
    ("lstm_train", 1_411_713),
  ])
  func netsAreThoseOfOtherFrameworks(_ name: String, _ count: Int) throws {
    #expect(try Workload.named(name).prepare().trainableCount == count)
  }

  @Test(arguments: ["mlp_train", "lenet_predict1"]) func aStepRuns(_ name: String) throws {
    let prepared = try Workload.named(name).prepare()
    #expect(try Timing(seconds: 0, minimum: 2, prepared.step).steps == 2)
  }

  /// 2 · 128 · (784 · 512 + 512 · 10) forward; backward the same for every kernel, and for the second layer's input.
  @Test func theArithmeticOfTrainingIsCountedForwardAndBackward() throws {
    let cost = try Workload.named("mlp_train").prepare().cost
    #expect(cost.flopCount == 256 * (2 * 784 * 512 + 3 * 512 * 10))
    #expect(cost.byteCount == 4 * (10 * 407_050 + 128 * (784 + 10)))
  }

  @Test func inferenceIsOnePassOverTheWeights() throws {
    let cost = try Workload.named("lenet_predict1").prepare().cost
    let convolutions = 28 * 28 * 25 * 6 + 10 * 10 * 150 * 16
    #expect(cost.flopCount == 2 * (convolutions + 400 * 120 + 120 * 84 + 84 * 10))
    #expect(cost.byteCount == 4 * (61_706 + 784 + 10))
  }

  @Test func theFloorIsArithmeticPlusBytes() throws {
    let peaks = [("a", DType.float32, 100.0), ("b", .float32, 400), ("b", .bfloat16, 900)].map {
      Floor.Peak(backend: $0.0, dtype: $0.1, gigaflopsPerSecond: $0.2)
    }
    let floor = Floor(peaks: peaks, gigabytesPerSecond: 20)
    let cost = try Workload.named("lenet_predict1").prepare().cost
    let expected = Double(cost.flopCount) / 400e6 + Double(cost.byteCount) / 20e6
    #expect(abs(try #require(floor.milliseconds(cost)) - expected) < 1e-9)
    #expect(floor.gigaflopsPerSecond(.bfloat16) == 900 && floor.gigaflopsPerSecond(.float64) == nil)
  }
}
