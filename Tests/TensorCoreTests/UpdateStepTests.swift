import TensorCore
import Testing

@Suite struct UpdateStepTests {
  private func sample(_ shape: Shape, _ seed: UInt64, _ dtype: DType) -> Tensor {
    Tensor.randomUniform(shape, low: 0.1, high: 1, key: RandomKey(seed: seed)).cast(to: dtype)
  }

  @Test("gradients of few rows do what the dense gradient does", arguments: [DType.float32, .float64])
  func rows(dtype: DType) {
    let indices = Tensor([3, 0, 3, 6, 3, 1] as [Int32], [2, 3])
    let gradients = sample([2, 3, 4], 1, dtype) - Tensor(scalar: 0.5, dtype: dtype)
    let dense = Tensor.apply(ScatterAdd(size: 9), indices, gradients)
    for rule in [UpdateStep.Rule.sgd, .momentum, .nesterov, .adam, .amsgrad] {
      var step = UpdateStep(rule, rate: 0.01)
      (step.momentum, step.decay, step.gradientScale, step.gradientLimit) = (0.9, 0.001, 0.7, 0.3)
      var (table, other) = (sample([9, 4], 2, dtype), sample([9, 4], 2, dtype))
      var slots = (0..<rule.slotCount).map { sample([9, 4], 3 + UInt64($0), dtype) }
      var otherSlots = slots
      let kept = table
      step.apply(to: &table, indices: indices, gradients: gradients, slots: &slots)
      step.apply(to: &other, gradient: dense, slots: &otherSlots)
      let difference = zip([table] + slots, [other] + otherSlots).map { pair in
        zip(pair.0.cast(to: .float64).scalars(of: Double.self), pair.1.cast(to: .float64).scalars(of: Double.self))
          .map { abs($0 - $1) }.max() ?? 0
      }
      #expect(difference.allSatisfy { $0 < 1e-7 })
      // The old copy is left alone.
      #expect(
        kept.cast(to: .float64).scalars(of: Double.self)
          == sample([9, 4], 2, dtype).cast(to: .float64).scalars(of: Double.self))
    }
  }

  @Test func theStepIsTheFusedUpdate() {
    let gradient = sample([50], 1, .float32)
    var (weight, other) = (sample([50], 2, .float32), sample([50], 2, .float32))
    var slots = [sample([50], 3, .float32), sample([50], 4, .float32)]
    var (momentum, velocity) = (slots[0], slots[1])
    var none: Tensor?
    UpdateStep(.adam, rate: 0.01).apply(to: &weight, gradient: gradient, slots: &slots)
    FusedUpdate.adam(
      &other, gradient: gradient, momentum: &momentum, velocity: &velocity, largestVelocity: &none, alpha: 0.01,
      beta1: 0.9, beta2: 0.999, epsilon: 1e-7)
    #expect(weight.scalars(of: Float.self) == other.scalars(of: Float.self))
    #expect(slots[1].scalars(of: Float.self) == velocity.scalars(of: Float.self))
  }

  @Test func rowsOutsideOfTheTableTrap() async {
    await #expect(processExitsWith: .failure) {
      var (table, slots) = (Tensor.zeros([3, 2]), [Tensor]())
      UpdateStep(.sgd, rate: 1).apply(
        to: &table, indices: Tensor([3] as [Int64]), gradients: Tensor.zeros([1, 2]), slots: &slots)
    }
    await #expect(processExitsWith: .failure) {
      var (table, slots) = (Tensor.zeros([3, 2]), [Tensor]())
      UpdateStep(.adam, rate: 1).apply(to: &table, gradient: Tensor.zeros([3, 2]), slots: &slots)
    }
  }
}
