import CKernels
import Testing

/// The float32 kernels of the usual cells compute whole steps in registers; the double ones go step by step.
@Suite struct RecurrentTests {
  static let cells = [CK_RECURRENT_LSTM, CK_RECURRENT_GRU_RESET_AFTER]
  /// Less than a vector of units, whole vectors, and remainders; rows for one tile and for several.
  static let sizes = [(1, 3, 5), (7, 4, 19), (13, 2, 16), (5, 6, 37), (30, 3, 64), (2, 1, 33), (50, 2, 8)]

  @Test(arguments: cells, sizes) func floatsAgreeWithDoubles(cell: ck_recurrent_cell, size: (Int, Int, Int)) {
    for returnsSequence in [true, false] {
      for backwards in [true, false] {
        let run = RecurrentSample(cell, size, returnsSequence: returnsSequence, backwards: backwards)
        expectClose(run.forward(), run.forwardInDouble())
        expectClose(run.backward(), run.backwardInDouble())
      }
    }
  }

  @Test(arguments: cells) func theBitsDoNotDependOnTheNumberOfThreads(cell: ck_recurrent_cell) {
    let run = RecurrentSample(cell, (29, 4, 40), returnsSequence: true, backwards: false)
    let (forward, backward) = (run.forward(threads: 1), run.backward(threads: 1))
    for threads: Int32 in [2, 3, 8] {
      #expect(run.forward(threads: threads) == forward)
      #expect(run.backward(threads: threads) == backward)
    }
  }

  @Test func infinitiesSaturateGatesAndNaNsStay() {
    var run = RecurrentSample(CK_RECURRENT_LSTM, (3, 1, 4), returnsSequence: true, backwards: false)
    for gate in 0..<16 { run.gates[gate] = gate < 8 ? .infinity : -.infinity }
    run.gates[16] = .nan
    let gates = run.forward()[0]
    for unit in 0..<4 {
      #expect(abs(gates[unit] - 1) < 1e-6 && abs(gates[4 + unit] - 1) < 1e-6)
      #expect(abs(gates[8 + unit] + 1) < 1e-6)
      #expect(abs(gates[12 + unit]) < 1e-6)
    }
    #expect(gates[16].isNaN && !gates[17].isNaN)
  }

  private func expectClose(_ found: [[Float]], _ expected: [[Double]]) {
    for (found, expected) in zip(found, expected) {
      let isClose = zip(found, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 + 1e-4 * abs($1) }
      #expect(isClose)
    }
  }
}

/// Arguments of a recurrent pass and of its gradient.
struct RecurrentSample {
  let (cell, batch, steps, units, gateCount): (ck_recurrent_cell, Int, Int, Int, Int)
  let (returnsSequence, backwards): (Bool, Bool)
  let (kernel, innerBias, h, c, dy, dh, dc): ([Float], [Float], [Float], [Float], [Float], [Float], [Float])
  var gates: [Float]

  init(_ cell: ck_recurrent_cell, _ size: (Int, Int, Int), returnsSequence: Bool, backwards: Bool) {
    (self.cell, (batch, steps, units)) = (cell, size)
    (self.returnsSequence, self.backwards) = (returnsSequence, backwards)
    gateCount = cell == CK_RECURRENT_LSTM ? 4 : 3
    let (rows, columns) = (batch * steps, gateCount * units)
    var state: UInt64 = 7
    func sample(_ count: Int, _ scale: Float) -> [Float] {
      (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Float(state >> 40) / Float(1 << 23) - 1) * scale
      }
    }
    kernel = sample(units * columns, 1 / Float(units).squareRoot())
    innerBias = sample(columns, 0.3)
    (h, c) = (sample(batch * units, 1), sample(batch * units, 1))
    dy = sample(rows * units, 1)
    (dh, dc) = (sample(batch * units, 1), sample(batch * units, 1))
    gates = sample(rows * columns, 2)
  }

  private var outputCount: Int { (returnsSequence ? batch * steps : batch) * units }

  private var description: ck_recurrent {
    ck_recurrent(
      cell: cell, activation: CK_ACTIVATION_TANH, recurrent_activation: CK_ACTIVATION_SIGMOID, alpha: 0,
      recurrent_alpha: 0, batch: batch, steps: steps, units: units, backwards: backwards ? 1 : 0, zero_masked: 0,
      returns_sequence: returnsSequence ? 1 : 0, mask: nil)
  }

  /// Gates, states before each step and what else is kept, output, final states.
  func forward(threads: Int32 = 2) -> [[Float]] {
    let kept = [Float](repeating: 0, count: batch * steps * units), output = [Float](repeating: 0, count: outputCount)
    let arrays = withPointers([gates, kept, kept, output, h, c, kernel, innerBias]) { at in
      var description = description
      var pass = ck_recurrent_pass_f32(
        recurrent_kernel: at[6], inner_bias: at[7], gates: at[0], before: at[1], extra: at[2], output: at[3], h: at[4],
        c: at[5])
      ck_recurrent_forward_f32(&description, &pass, threads)
    }
    return Array(arrays[..<6])
  }

  func forwardInDouble() -> [[Double]] {
    let kept = [Double](repeating: 0, count: batch * steps * units)
    let output = [Double](repeating: 0, count: outputCount)
    let given = [gates, h, c, kernel, innerBias].map { $0.map(Double.init) }
    let arrays = withPointers([given[0], kept, kept, output] + given[1...]) { at in
      var description = description
      var pass = ck_recurrent_pass_f64(
        recurrent_kernel: at[6], inner_bias: at[7], gates: at[0], before: at[1], extra: at[2], output: at[3], h: at[4],
        c: at[5])
      ck_recurrent_forward_f64(&description, &pass, 1)
    }
    return Array(arrays[..<6])
  }

  /// The gradients of x W + b, of h U + b (GRU), and of the initial states.
  func backward(threads: Int32 = 2) -> [[Float]] {
    let kept = forwardInDouble()[..<3].map { $0.map { Float($0) } }
    let zeros = [Float](repeating: 0, count: gates.count)
    let arrays = withPointers([zeros, zeros, dh, dc] + kept + [dy, kernel]) { at in
      var description = description
      var pass = ck_recurrent_return_f32(
        recurrent_kernel: at[8], gates: at[4], before: at[5], extra: at[6], output: at[7], dgates: at[0],
        dinner: gateCount == 3 ? at[1] : nil, h: at[2], c: at[3])
      ck_recurrent_backward_f32(&description, &pass, threads)
    }
    return Array(arrays[..<4])
  }

  func backwardInDouble() -> [[Double]] {
    let given = [dh, dc, dy, kernel].map { $0.map(Double.init) }
    let zeros = [Double](repeating: 0, count: gates.count)
    let arrays = withPointers([zeros, zeros] + given[..<2] + forwardInDouble()[..<3] + given[2...]) { at in
      var description = description
      var pass = ck_recurrent_return_f64(
        recurrent_kernel: at[8], gates: at[4], before: at[5], extra: at[6], output: at[7], dgates: at[0],
        dinner: gateCount == 3 ? at[1] : nil, h: at[2], c: at[3])
      ck_recurrent_backward_f64(&description, &pass, 1)
    }
    return Array(arrays[..<4])
  }

  /// `body` with where each array begins.
  private func withPointers<T>(_ arrays: [[T]], _ body: ([UnsafeMutablePointer<T>]) -> Void) -> [[T]] {
    let buffers = arrays.map { array in
      let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
      _ = buffer.initialize(from: array)
      return buffer
    }
    defer { buffers.forEach { $0.deallocate() } }
    body(buffers.map { $0.baseAddress! })
    return buffers.map(Array.init)
  }
}
