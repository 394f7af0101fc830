/// How long something takes, over many repetitions.
public struct Timing: Sendable {
  public var medianMilliseconds: Double
  public var bestMilliseconds: Double
  public var steps: Int

  /// Repeats `step` for so many seconds, and `minimum` times at least.
  public init(seconds: Double, minimum: Int = 3, _ step: () throws -> Void) rethrows {
    var times: [Double] = []
    // What the step asks for is counted meanwhile.
    times.reserveCapacity(1 << 17)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while clock.now < end || times.count < minimum { times.append(try clock.measure(step).inSeconds * 1e3) }
    times.sort()
    (medianMilliseconds, bestMilliseconds, steps) = (times[times.count / 2], times[0], times.count)
  }

  /// What the first steps pay for: kernels chosen, weights packed, memory asked for. Five steps or some seconds.
  public static func warmUp(_ step: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(8)
    for _ in 0..<5 {
      try step()
      if clock.now > end { break }
    }
  }

  /// The seconds that the quickest of some repetitions took.
  static func best(repetitions: Int, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    body()
    return (0..<repetitions).map { _ in clock.measure(body).inSeconds }.min() ?? 0
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
