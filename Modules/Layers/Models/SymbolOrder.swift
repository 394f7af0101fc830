/// The order in which Keras lists the layers of a functional model: the furthest from the outputs first, those of one
/// distance as a walk from the outputs meets them.
struct SymbolOrder {
  private var positions: [ObjectIdentifier: Int] = [:]
  private var depths: [ObjectIdentifier: Int] = [:]
  private var finished: [Symbol.Call] = []
  private var seen: Set<ObjectIdentifier> = []

  init(inputs: [Symbol], outputs: [Symbol]) {
    for output in outputs { walk(from: output.call) }
    var callDepths: [ObjectIdentifier: Int] = [:]
    for call in finished.reversed() {
      let depth = max(callDepths[ObjectIdentifier(call)] ?? 0, depths[ObjectIdentifier(call.layer)] ?? 0)
      depths[ObjectIdentifier(call.layer)] = depth
      callDepths[ObjectIdentifier(call)] = depth
      for input in call.parents {
        let id = ObjectIdentifier(input.call)
        callDepths[id] = max(depth + 1, callDepths[id] ?? 0)
      }
    }
    // An input that no output needs comes last, before what has its distance.
    for input in inputs where depths[ObjectIdentifier(input.call.layer)] == nil {
      depths[ObjectIdentifier(input.call.layer)] = 0
      positions[ObjectIdentifier(input.call.layer)] = -1
    }
  }

  func sorted(_ layers: [LayerHandle]) -> [LayerHandle] {
    let keyed = layers.map { layer in
      (layer, depths[ObjectIdentifier(layer)] ?? 0, positions[ObjectIdentifier(layer)] ?? 0)
    }
    return keyed.sorted { ($1.1, $0.2) < ($0.1, $1.2) }.map(\.0)
  }

  /// Numbers layers where the walk enters them and lists calls where it leaves them, with a stack of its own.
  private mutating func walk(from call: Symbol.Call) {
    var stack: [(call: Symbol.Call, next: Int)] = [(call, 0)]
    while let (call, next) = stack.last {
      if next == 0 {
        guard !seen.contains(ObjectIdentifier(call)) else {
          stack.removeLast()
          continue
        }
        let layer = ObjectIdentifier(call.layer)
        if positions[layer] == nil { positions[layer] = positions.count }
      }
      if next < call.parents.count {
        stack[stack.count - 1].next += 1
        stack.append((call.parents[next].call, 0))
      } else {
        seen.insert(ObjectIdentifier(call))
        finished.append(call)
        stack.removeLast()
      }
    }
  }
}
