import Plan
import TensorCore
import Testing

@Suite struct TrainingPlanTests {
  /// w ← w − x·w, and how large w was.
  private func plan() throws -> TrainingPlan {
    try TrainingPlan(arguments: [TensorSpec([4])], state: [TensorSpec([4])]) { (arguments, state) throws(CoreError) in
      (results: [state[0].sum()], state: [state[0] - arguments[0] * state[0]])
    }
  }

  @Test func stateIsCarriedFromStepToStep() throws {
    let session = try plan().makeSession()
    var state = [Tensor([1, 2, 3, 4] as [Float])]
    var results = [Tensor.zeros([])]
    let half = Tensor.full([4], 0.5)
    try session.run([half], into: &results, state: &state)
    #expect(results[0].scalar(of: Float.self) == 10)
    try session.run([half], into: &results, state: &state)
    #expect(results[0].scalar(of: Float.self) == 5)
    #expect(state[0].scalars(of: Float.self) == [0.25, 0.5, 0.75, 1])
  }

  @Test func aSnapshotOfTheStateStays() throws {
    let session = try plan().makeSession()
    var state = [Tensor([1, 2, 3, 4] as [Float])]
    let snapshot = state
    var results = [Tensor.zeros([])]
    try session.run([Tensor.ones([4])], into: &results, state: &state)
    #expect(snapshot[0].scalars(of: Float.self) == [1, 2, 3, 4])
    #expect(state[0].scalars(of: Float.self) == [0, 0, 0, 0])
  }

  @Test func anUpdateWritesOverTheOldValue() throws {
    let rule = AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7)
    let weight = TensorSpec([1000])
    let plan = try TrainingPlan(
      arguments: [weight, TensorSpec([], .float64)], state: [weight, weight, weight]
    ) { (arguments, state) throws(CoreError) in
      (
        results: [state[0].square().sum()],
        state: Tensor.apply(rule, [state[0], arguments[0], state[1], state[2], arguments[1]])
      )
    }
    // The squares, and nothing for the update, which comes after them.
    #expect(plan.arenaByteCount <= 1000 * 4 + 64)
    let gradient = Tensor.randomNormal([1000], key: RandomKey(seed: 1))
    var state = [Tensor.ones([1000]), Tensor.zeros([1000]), Tensor.zeros([1000])]
    var (expected, momentum, velocity) = (Tensor.ones([1000]), Tensor.zeros([1000]), Tensor.zeros([1000]))
    var results = [Tensor.zeros([])]
    let session = plan.makeSession()
    for step in 1...3 {
      let alpha = 0.1 / Double(step)
      try session.run([gradient, Tensor(alpha)], into: &results, state: &state)
      var largest: Tensor?
      FusedUpdate.adam(
        &expected, gradient: gradient, momentum: &momentum, velocity: &velocity, largestVelocity: &largest,
        alpha: alpha, beta1: 0.9, beta2: 0.999, epsilon: 1e-7)
    }
    #expect(state[0].scalars(of: Float.self) == expected.scalars(of: Float.self))
    #expect(state[2].scalars(of: Float.self) == velocity.scalars(of: Float.self))
  }

  @Test func updatesComeAsSoonAsNothingReadsTheOldValue() throws {
    let spec = TensorSpec([64])
    let plan = try TrainingPlan(
      arguments: [spec, TensorSpec([], .float64)], state: [spec, spec]
    ) { (arguments, state) throws(CoreError) in
      let first = arguments[0] * state[0]
      let second = first.tanh() * state[1]
      let third = second.exp() * state[1]
      let rule = SGDUpdate()
      return (
        results: [third],
        state: [
          Tensor.apply(rule, state[0], first, arguments[1]), Tensor.apply(rule, state[1], second, arguments[1]),
        ]
      )
    }
    let names = plan.graph.nodes.map { type(of: $0.operation).name }
    #expect(names == ["binary", "sgd_update", "unary", "binary", "unary", "binary", "sgd_update"])
  }

  @Test func aStateThatTakesAnothersValueIsRefused() throws {
    let spec = TensorSpec([2])
    #expect(throws: CoreError.self) {
      try TrainingPlan(arguments: [], state: [spec, spec]) { (_, state) throws(CoreError) in
        (results: [], state: [state[1], state[0]])
      }
    }
    let error = #expect(throws: CoreError.self) {
      try TrainingPlan(arguments: [], state: [spec]) { (_, state) throws(CoreError) in
        (results: [], state: [state[0].sum()])
      }
    }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func theUnchangedStateAndOneFromAnArgumentAreRight() throws {
    let spec = TensorSpec([2])
    let plan = try TrainingPlan(arguments: [spec], state: [spec, spec]) { (arguments, state) throws(CoreError) in
      (results: [], state: [state[0], arguments[0]])
    }
    var state = [Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float])]
    var results: [Tensor] = []
    try plan.makeSession().run([Tensor([5, 6] as [Float])], into: &results, state: &state)
    #expect(state[0].scalars(of: Float.self) == [1, 2])
    #expect(state[1].scalars(of: Float.self) == [5, 6])
  }

  @Test func aTableIsUpdatedFromTheRowsThatWereLookedUp() throws {
    let table = TensorSpec([50, 4])
    let indices = Tensor([3, 7, 3, 49] as [Int64])
    let gradients = Tensor.randomNormal([4, 4], key: RandomKey(seed: 2))
    let rule = AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7)
    func body(_ arguments: [Tensor], _ state: [Tensor]) throws(CoreError) -> (results: [Tensor], state: [Tensor]) {
      let sum = Tensor.apply(ScatterAdd(size: 50), arguments[0], arguments[1])
      return ([], Tensor.apply(rule, [state[0], sum, state[1], state[2], arguments[2]]))
    }
    let arguments = [indices, gradients, Tensor(0.01)]
    let plan = try TrainingPlan(arguments: arguments.map(\.spec), state: [table, table, table], body)
    #expect(plan.graph.nodes.map { type(of: $0.operation).name } == ["table_update"])
    #expect(plan.arenaByteCount == 0)
    var state = [Tensor.ones(table.shape), Tensor.full(table.shape, 0.1), Tensor.full(table.shape, 0.2)]
    let expected = try body(arguments, state).state
    var results: [Tensor] = []
    try plan.makeSession().run(arguments, into: &results, state: &state)
    for (a, b) in zip(state, expected) {
      for (x, y) in zip(a.scalars(of: Float.self), b.scalars(of: Float.self)) { #expect(abs(x - y) <= 1e-6) }
    }
  }
}
