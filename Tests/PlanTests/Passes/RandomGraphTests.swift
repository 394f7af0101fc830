import Plan
import TensorCore
import Testing

/// Functions drawn at random, in which the passes find every neighbourhood that they fold, and many that they must not.
@Suite struct RandomGraphTests {
  private struct Drawing {
    var random: RandomWords
    var key: UInt64 = 100

    mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    mutating func isTrue() -> Bool { below(2) == 0 }

    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    mutating func constant(_ shape: Shape, _ scale: Double = 1) -> Tensor {
      key += 1
      return sample(shape, key) * scale
    }

    mutating func activation() -> FusableActivation { pick([.linear, .linear, .linear, .relu, .relu6, .tanh, .gelu]) }

    /// One more operation on `x` `[batch, height, width, channels]`.
    mutating func step(_ x: Tensor, _ others: [Tensor]) -> Tensor {
      let channels = x.shape.last
      switch below(15) {
      case 0, 1, 2, 3: return conv(x)
      case 4: return x.linear(constant([channels, 4], 0.5), isTrue() ? constant([4]) : nil, activation: activation())
      case 5, 6: return x.scaleShift(constant([channels]), constant([channels]))
      case 7: return isTrue() ? x + constant([channels]) : x - constant([1, 1, 1, channels])
      case 8: return x * (isTrue() ? constant([channels]) : Tensor(pick([0, 1, 0.5, -2] as [Float])))
      case 9: return x.activated(activation())
      case 10: return pick([x.tanh(), x.clamped(0, 6), x.maximum(0), x.transposed([0, 2, 1, 3])])
      case 11: return x.padded(before: [0, 1, below(2), 0], after: [0, below(2), 1, 0])
      case 12 where x.shape[1] >= 2 && x.shape[2] >= 2:
        return isTrue()
          ? x.maxPool(window: [2, 2], strides: [1, 1]) : x.averagePool(window: [2, 2], strides: [1, 1])
      case 13: return x.reshaped([-1, channels]).reshaped(x.shape.array).stopGradient()
      default: return pick(others.filter { $0.shape == x.shape }) + x
      }
    }

    private mutating func conv(_ x: Tensor) -> Tensor {
      let channels = x.shape.last
      let size = min(pick([1, 2, 3]), x.shape[1], x.shape[2])
      let groups = pick([1, 1, 2, channels])
      let kernel = constant([size, size, channels / groups, 4], 0.5)
      return x.conv(
        kernel, isTrue() ? constant([4]) : nil, padding: pick([.valid, .same, .same, .explicit([1, 0], [0, 1])]),
        groups: groups, activation: activation())
    }

    /// Up to a dozen steps; the last value comes out, and one from in between.
    mutating func function(_ x: Tensor) -> [Tensor] {
      var values = [x]
      for _ in 0..<(3 + below(10)) { values.append(step(isTrue() ? values.last! : pick(values), values)) }
      return [values.last!, pick(values)]
    }
  }

  private struct RandomWords {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test(arguments: 0..<12) func passesKeepTheMeaning(of group: Int) throws {
    for seed in 0..<25 {
      var x = sample([2, 5, 4, 4], UInt64(seed + 1))
      if seed % 5 == 3 { x.withMutableScalars(of: Float.self) { $0[31] = .nan } }
      if seed % 5 == 4 { x.withMutableScalars(of: Float.self) { $0[17] = .infinity } }
      let result = try compile([x], InferencePlan.passes) {
        var drawing = Drawing(random: RandomWords(state: UInt64(1000 * group + seed)))
        return drawing.function($0[0])
      }
      result.expectSameValues(within: 2e-4)
    }
  }
}
