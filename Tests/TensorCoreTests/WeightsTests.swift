import TensorCore
import Testing

@Suite struct WeightsTests {
  static func weights() -> Weights {
    Weights(
      keys: [
        WeightKey(slot: 0, path: "dense/kernel", spec: TensorSpec([2, 3])),
        WeightKey(slot: 1, path: "norm/mean", spec: TensorSpec([3]), isTrainable: false),
        WeightKey(slot: 2, path: "dense/bias", spec: TensorSpec([3])),
      ],
      tensors: [.ones([2, 3]), .zeros([3]), .full([3], 2)])
  }

  @Test func areFoundBySlotAndByPath() {
    let weights = Self.weights()
    #expect(weights.count == 3 && weights.parameterCount == 12 && weights.trainableIndices == [0, 2])
    #expect(weights[weights.keys[2]].scalars(of: Float.self) == [2, 2, 2])
    #expect(weights["norm/mean"]?.scalars(of: Float.self) == [0, 0, 0])
    #expect(weights["nothing"] == nil)
  }

  @Test func aSnapshotIsAnAssignment() {
    var weights = Self.weights()
    let snapshot = weights
    weights["dense/bias"] = .zeros([3])
    weights[weights.keys[1]].withMutableScalars(of: Float.self) { $0[0] = 5 }
    #expect(snapshot["dense/bias"]?.scalars(of: Float.self) == [2, 2, 2])
    #expect(snapshot["norm/mean"]?.scalars(of: Float.self) == [0, 0, 0])
    #expect(weights["norm/mean"]?.scalars(of: Float.self) == [5, 0, 0])
  }

  @Test func mappingKeepsTheKeys() {
    let zeros = Self.weights().mapTensors { .zeros($0.spec.shape, dtype: $1.dtype) }
    #expect(zeros.keys == Self.weights().keys)
    #expect(zeros.tensors.allSatisfy { $0.sum().scalar(of: Float.self) == 0 })
  }

  @Test func aTensorThatContradictsItsKeyStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = Weights(keys: [WeightKey(slot: 0, path: "a", spec: TensorSpec([2]))], tensors: [.zeros([3])])
    }
  }
}
