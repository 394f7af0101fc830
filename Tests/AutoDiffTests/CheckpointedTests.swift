import AutoDiff
import TensorCore
import TestKit
import Testing

@Suite struct CheckpointedTests {
  private func block(_ x: Tensor, _ w: Tensor) -> Tensor {
    x.matmul(w).tanh().matmul(w).sigmoid() + x
  }

  private var inputs: [Tensor] {
    let key = RandomKey(seed: 1)
    return [
      Tensor.randomNormal([3, 4], dtype: .float64, key: key),
      Tensor.randomNormal([4, 4], dtype: .float64, key: key.folding(1)),
    ]
  }

  /// Three blocks, each recomputed or not. The weight is an argument or taken from around the closure.
  private func network(_ v: [Tensor], isCheckpointed: Bool, capturesWeight: Bool = false) -> Tensor {
    var x = v[0]
    for _ in 0..<3 {
      if !isCheckpointed {
        x = block(x, v[1])
      } else if capturesWeight {
        x = checkpointed([x]) { [block($0[0], v[1])] }[0]
      } else {
        x = checkpointed([x, v[1]]) { [block($0[0], $0[1])] }[0]
      }
    }
    return x.square().sum()
  }

  @Test("The value is the same bit for bit, gradients up to the order of sums", arguments: [false, true])
  func sameGradients(capturesWeight: Bool) {
    let plain = valueAndGradients(at: inputs) { network($0, isCheckpointed: false) }
    let recomputed = valueAndGradients(at: inputs) {
      network($0, isCheckpointed: true, capturesWeight: capturesWeight)
    }
    #expect(plain.value.scalar(of: Double.self) == recomputed.value.scalar(of: Double.self))
    for (a, b) in zip(plain.gradients, recomputed.gradients) {
      #expect((a - b).abs().max().scalar(of: Double.self) < 1e-12)
    }
  }

  @Test("A tape keeps one record per checkpointed block")
  func fewerRecords() {
    func records(_ isCheckpointed: Bool) -> Int {
      let tape = Tape()
      _ = network(inputs.map { tape.watch($0) }, isCheckpointed: isCheckpointed)
      return tape.recordCount
    }
    #expect(records(false) == 3 * 5 + 2)
    #expect(records(true) == 3 + 2)
  }

  @Test("Works inside nested tapes", arguments: [false, true])
  func nested(capturesWeight: Bool) {
    let vector = inputs.map { $0 * 0.5 + 1 }
    let plain = hessianVectorProduct(at: inputs, along: vector) { network($0, isCheckpointed: false) }
    let recomputed = hessianVectorProduct(at: inputs, along: vector) {
      network($0, isCheckpointed: true, capturesWeight: capturesWeight)
    }
    for (a, b) in zip(plain, recomputed) {
      #expect((a - b).abs().max().scalar(of: Double.self) < 1e-12)
    }
  }

  @Test("Works inside a checkpointed block")
  func nestedCheckpoints() throws {
    func f(_ v: [Tensor]) -> [Tensor] {
      checkpointed(v) { outer in
        checkpointed([outer[0]]) { inner in [block(inner[0], outer[1])] }.map { $0.square() }
      }
    }
    try checkGradients(f, at: inputs)
  }

  @Test("Without a tape nothing is special: a capture sees the operations inside")
  func transparentWithoutATape() throws {
    let graph = try GraphCapture.capture(inputs.map(\.spec)) { v in checkpointed(v) { [block($0[0], $0[1])] } }
    #expect(graph.nodes.count == 5)
  }
}
