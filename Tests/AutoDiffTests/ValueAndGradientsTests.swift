import AutoDiff
import TensorCore
import Testing

@Suite struct ValueAndGradientsTests {
  private let weights = Weights(
    keys: [
      WeightKey(slot: 0, path: "dense/kernel", spec: TensorSpec([2], .float64)),
      WeightKey(slot: 1, path: "norm/moving_mean", spec: TensorSpec([2], .float64), isTrainable: false),
      WeightKey(slot: 2, path: "dense/bias", spec: TensorSpec([], .float64)),
    ],
    tensors: [Tensor([1, 2] as [Double]), Tensor([10, 20] as [Double]), Tensor(5.0)])

  private func loss(_ w: Weights) -> Tensor { (w[w.keys[0]] * w[w.keys[1]]).sum() + w[w.keys[2]].square() }

  @Test("Gradients are those of the trainable weights, with their paths, in order")
  func trainableOnly() throws {
    let (value, gradients) = valueAndGradients(at: weights, loss)
    #expect(value.scalar(of: Double.self) == 75)
    #expect(value.trace == nil)
    #expect(gradients.keys.map(\.path) == ["dense/kernel", "dense/bias"])
    #expect(gradients.keys.map(\.slot) == [0, 1])
    #expect(gradients["dense/kernel"]?.scalars(of: Double.self) == [10, 20])
    #expect(gradients["dense/bias"]?.scalar(of: Double.self) == 10)
  }

  @Test("Weights that are not trainable are not tracked")
  func othersAreNotTracked() {
    _ = valueAndGradients(at: weights) { w in
      #expect(w.tensors.map { $0.trace != nil } == [true, false, true])
      return loss(w)
    }
  }

  @Test("An auxiliary result comes back free of the tape")
  func auxiliary() {
    let result = valueAndGradients(at: weights) { w in
      (loss(w), ["doubled": w.mapTensors { $1 * 2 }.tensors])
    }
    #expect(result.auxiliary["doubled"]?.allSatisfy { $0.trace == nil } == true)
    #expect(result.auxiliary["doubled"]?[2].scalar(of: Double.self) == 10)
  }

  @Test("What the loss throws comes through, and the tape is let go")
  func lossThrows() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try valueAndGradients(at: weights) { w -> Tensor in
        _ = loss(w)
        throw Failure()
      }
    }
  }
}
