import Plan
import TensorCore
import Testing

/// Doubles, putting a tensor of its own in place of the one that it is given.
private struct Replacing: Operation {
  static let name = "replacing"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] { inputs }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) { outputs[0] = inputs[0] + inputs[0] }
}

/// Adds one, through the checked way to write.
private struct Careful: Operation {
  static let name = "careful"

  func infer(_ inputs: [TensorSpec]) throws(CoreError) -> [TensorSpec] { inputs }

  func evaluate(_ inputs: [Tensor], into outputs: inout [Tensor]) {
    let values = inputs[0].scalars(of: Float.self)
    outputs[0].withMutableScalars(of: Float.self) { for index in values.indices { $0[index] = values[index] + 1 } }
  }
}

@Suite struct SessionTests {
  private func numbers(_ count: Int, seed: UInt64 = 1) -> Tensor {
    Tensor.randomNormal([count], key: RandomKey(seed: seed))
  }

  @Test func aChainIsComputedInPlaceInTheResult() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([1000])]) { (x) throws(CoreError) in
      [x[0].tanh().exp().square().negated()]
    }
    #expect(plan.arenaByteCount == 0)
    let x = numbers(1000)
    let session = plan.makeSession()
    let result = try session.run([x])[0]
    #expect(result.scalars(of: Float.self) == x.tanh().exp().square().negated().scalars(of: Float.self))
  }

  @Test func anArgumentIsNotOverwritten() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([8])]) { (x) throws(CoreError) in [x[0].reshaped([2, 4]).exp()] }
    let x = numbers(8)
    let before = x.scalars(of: Float.self)
    _ = try plan.run([x])
    #expect(x.scalars(of: Float.self) == before)
  }

  @Test func aPlanInsideACaptureIsItsOperations() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (x) throws(CoreError) in [x[0].exp()] }
    let graph = try GraphCapture.capture([TensorSpec([4])]) { (x) throws(CoreError) in try plan.run([x[0].negated()]) }
    #expect(graph.nodes.count == 2)
    #expect(throws: CoreError.self) {
      try GraphCapture.capture([TensorSpec([4])]) { (x) throws(CoreError) in try plan.makeSession().run(x) }
    }
  }

  @Test func resultsOfOneRunStayWhenTheNextBegins() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (x) throws(CoreError) in [x[0].exp(), x[0] * x[0]] }
    let session = plan.makeSession()
    let first = try session.run([Tensor.zeros([4])])
    _ = try session.run([Tensor.ones([4])])
    #expect(first[0].scalars(of: Float.self) == [1, 1, 1, 1])
    #expect(first[1].scalars(of: Float.self) == [0, 0, 0, 0])
  }

  @Test func givenResultsAreOverwrittenButNotTheirCopies() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (x) throws(CoreError) in [x[0] + x[0]] }
    let session = plan.makeSession()
    var results = try session.run([Tensor.ones([4])])
    let snapshot = results[0]
    try session.run([Tensor.zeros([4])], into: &results)
    #expect(results[0].scalars(of: Float.self) == [0, 0, 0, 0])
    #expect(snapshot.scalars(of: Float.self) == [2, 2, 2, 2])
    var wrong = [Tensor.zeros([5])]
    let error = #expect(throws: CoreError.self) { try session.run([Tensor.zeros([4])], into: &wrong) }
    #expect(error?.code == .shapeMismatch)
  }

  @Test func resultsMayBeArgumentsConstantsViewsAndTheSameTwice() throws {
    let constant = Tensor([5, 6] as [Float])
    let plan = try InferencePlan(inputs: [TensorSpec([4])]) { (x) throws(CoreError) in
      let y = x[0].square()
      return [x[0], constant, y, y, y.sliced(axis: 0, 1..<3), y.reshaped([2, 2]).exp()]
    }
    let results = try plan.run([Tensor([1, 2, 3, 4] as [Float])]).map { $0.scalars(of: Float.self) }
    #expect(results[..<5] == [[1, 2, 3, 4], [5, 6], [1, 4, 9, 16], [1, 4, 9, 16], [4, 9]])
    #expect(results[5] == Tensor([1, 4, 9, 16] as [Float]).exp().scalars(of: Float.self))
  }

  @Test func rulesThatReplaceOrCopyOutputsAreHeeded() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([3])]) { (x) throws(CoreError) in
      let doubled = Tensor.apply(Replacing(), x[0])
      return [Tensor.apply(Careful(), Tensor.apply(Careful(), doubled)), Tensor.apply(Replacing(), doubled)]
    }
    let session = plan.makeSession()
    for _ in 0..<3 {
      let results = try session.run([Tensor([1, 2, 3] as [Float])])
      #expect(results[0].scalars(of: Float.self) == [4, 6, 8])
      #expect(results[1].scalars(of: Float.self) == [4, 8, 12])
    }
  }

  @Test func memoryIsSharedByWhatDoesNotLiveAtOnce() throws {
    let plan = try InferencePlan(inputs: [TensorSpec([64, 64])]) { (x) throws(CoreError) in
      [(0..<10).reduce(x[0]) { y, _ in y.matmul(x[0]) }]
    }
    // Each product needs the one before and itself; the last is the caller's.
    #expect(plan.arenaByteCount == 2 * 64 * 64 * 4)
  }

  /// Graphs of random shape, whose values are used in random order and more than once.
  @Test(arguments: 0..<20) func randomGraphsGiveWhatTheirMeaningIs(seed: Int) throws {
    let choices = Tensor.randomIntegers([400], in: 0..<10_000, dtype: .int64, key: RandomKey(seed: UInt64(seed)))
      .scalars(of: Int64.self).map { Int($0) }
    func body(_ arguments: [Tensor]) -> [Tensor] {
      var values = arguments
      for step in 0..<40 {
        let (a, b) = (values[choices[step * 4] % values.count], values[choices[step * 4 + 1] % values.count])
        switch choices[step * 4 + 2] % 7 {
        case 0: values.append(a.tanh())
        case 1: values.append(a + b)
        case 2: values.append(a.softmax())
        case 3: values.append(a.reshaped([6, 4]).reshaped([4, 6]))
        case 4: values.append((a * a).sliced(axis: 0, 1..<3).matmul(b, transposeOther: true).matmul(b).tiled([2, 1]))
        case 5: values.append(Tensor.select(a.greater(b), b, a))
        default: values.append((a - a.mean()).clamped(-2, 2))
        }
      }
      return (0..<4).map { values[choices[300 + $0] % values.count] } + [values[values.count - 1]]
    }
    let arguments = [
      Tensor.randomNormal([4, 6], key: RandomKey(seed: 1)), Tensor.randomNormal([4, 6], key: RandomKey(seed: 2)),
    ]
    let plan = try InferencePlan(inputs: arguments.map(\.spec)) { (x) throws(CoreError) in body(x) }
    let session = plan.makeSession()
    for _ in 0..<2 {
      for (planned, eager) in zip(try session.run(arguments), body(arguments)) {
        #expect(planned.scalars(of: Float.self) == eager.scalars(of: Float.self))
      }
    }
  }
}
