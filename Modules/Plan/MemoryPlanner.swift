internal import TensorCore

/// Lays the values of a graph out in one arena: values that do not live at the same time share bytes, views lie in what
/// they are views of, and what may be computed in place is.
///
/// The last `stateCount` inputs of the graph are state, the last outputs as many new values for it. A new value is written
/// over the old one where nothing reads that any more.
struct MemoryPlanner {
  /// What is known of a node besides the graph.
  struct NodeFacts {
    /// One per output where the node is a view; nil where it computes.
    var views: [OperationView]?
    /// Per output, the inputs that it may overwrite.
    var overwritable: [[Int]] = []
    var scratchByteCount = 0
  }

  private struct Buffer {
    let byteCount: Int
    /// nil: the arena.
    var region: Region?
    var values: [Graph.ValueID]
    var first: Int
    var last: Int
    var offset = 0
  }

  private struct Home {
    let buffer: Int
    let byteOffset: Int
  }

  private static let forever = Int.max
  /// Cache lines; also what vector kernels like best.
  static let alignment = 64

  private let graph: Graph
  private let facts: [NodeFacts]
  private let stateCount: Int
  private var buffers: [Buffer] = []
  private var homes: [Home?]
  private var lastUses: [Int]
  private var scratch: [Int?]

  /// - Parameters:
  ///   - graph: whose values are laid out.
  ///   - facts: one per node.
  ///   - constants: the graph's constants, also those that are given back by now because no kernel reads them.
  ///   - stateCount: how many of the last inputs and outputs are state.
  static func plan(
    _ graph: Graph, _ facts: [NodeFacts], constants: [Graph.ValueID], stateCount: Int = 0
  ) -> MemoryPlan {
    var planner = MemoryPlanner(graph, facts, stateCount)
    return planner.plan(constants)
  }

  private init(_ graph: Graph, _ facts: [NodeFacts], _ stateCount: Int) {
    (self.graph, self.facts, self.stateCount) = (graph, facts, stateCount)
    homes = Array(repeating: nil, count: graph.specs.count)
    scratch = Array(repeating: nil, count: graph.nodes.count)
    lastUses = Array(repeating: -1, count: graph.specs.count)
    for (time, node) in graph.nodes.enumerated() { for input in node.inputs { lastUses[input] = time } }
    for output in graph.outputs { lastUses[output] = Self.forever }
  }

  private mutating func plan(_ constants: [Graph.ValueID]) -> MemoryPlan {
    let argumentCount = graph.inputs.count - stateCount
    for (index, value) in graph.inputs.enumerated() {
      add(value, .init(region: index < argumentCount ? .argument(index) : .state(index - argumentCount)))
    }
    for value in constants.sorted() { add(value, .init(region: .constant(value))) }
    let states = newStates()
    for time in graph.nodes.indices { place(time, states) }
    for (index, value) in graph.outputs.dropLast(stateCount).enumerated() { giveToCaller(value, index) }
    let byteCount = layOut()
    let places = homes.map { home -> Place? in
      guard let home else { return nil }
      let buffer = buffers[home.buffer]
      return Place(region: buffer.region ?? .arena, byteOffset: buffer.offset + home.byteOffset)
    }
    return MemoryPlan(
      places: places, scratch: scratch.map { index in index.map { buffers[$0].offset } }, arenaByteCount: byteCount)
  }

  private struct Origin {
    var region: Region?
    var time = -1
  }

  private mutating func add(_ value: Graph.ValueID, _ origin: Origin) {
    homes[value] = Home(buffer: buffers.count, byteOffset: 0)
    buffers.append(
      Buffer(
        byteCount: graph.specs[value].byteCount, region: origin.region, values: [value], first: origin.time,
        last: max(origin.time, lastUses[value])))
  }

  /// Values that become the state of the next run, and which.
  private func newStates() -> [Graph.ValueID: Int] {
    var states: [Graph.ValueID: Int] = [:]
    for (index, value) in graph.outputs.suffix(stateCount).enumerated() where states[value] == nil {
      states[value] = index
    }
    return states
  }

  // MARK: Nodes

  private mutating func place(_ time: Int, _ states: [Graph.ValueID: Int]) {
    let (node, facts) = (graph.nodes[time], facts[time])
    var taken: Set<Int> = []
    for (index, output) in node.outputs.enumerated() {
      if let view = facts.views?[index] {
        let home = homes[node.inputs[view.input]]!
        join(output, Home(buffer: home.buffer, byteOffset: home.byteOffset + view.byteOffset))
        continue
      }
      let candidates = index < facts.overwritable.count ? facts.overwritable[index] : []
      if let state = states[output], let home = stateHome(state, time, candidates), taken.insert(home.buffer).inserted {
        join(output, home)
      } else if let home = overwritten(time, output, candidates, taken) {
        taken.insert(home.buffer)
        join(output, home)
      } else {
        add(output, Origin(time: time))
      }
    }
    guard facts.scratchByteCount > 0 else { return }
    scratch[time] = buffers.count
    buffers.append(Buffer(byteCount: facts.scratchByteCount, values: [], first: time, last: time))
  }

  private mutating func join(_ value: Graph.ValueID, _ home: Home) {
    homes[value] = home
    buffers[home.buffer].values.append(value)
    buffers[home.buffer].last = max(buffers[home.buffer].last, lastUses[value])
  }

  /// The bytes of an input that an output may be written over: nobody needs them afterwards.
  private func overwritten(
    _ time: Int, _ output: Graph.ValueID, _ candidates: [Int], _ taken: Set<Int>
  ) -> Home? {
    let node = graph.nodes[time]
    for candidate in candidates {
      let input = node.inputs[candidate]
      let home = homes[input]!
      guard buffers[home.buffer].region == nil, !taken.contains(home.buffer),
        graph.specs[input].byteCount == graph.specs[output].byteCount,
        isFree(home, after: time, readBy: candidates, of: node)
      else { continue }
      return home
    }
    return nil
  }

  /// The bytes of a state, where its new value can be written over the old one.
  private func stateHome(_ state: Int, _ time: Int, _ candidates: [Int]) -> Home? {
    let home = homes[graph.inputs[graph.inputs.count - stateCount + state]]!
    return isFree(home, after: time, readBy: candidates, of: graph.nodes[time]) ? home : nil
  }

  /// Whether node `time` is the last to read a buffer, and reads it at this very place through inputs that it may
  /// overwrite only.
  private func isFree(_ home: Home, after time: Int, readBy candidates: [Int], of node: Graph.Node) -> Bool {
    guard buffers[home.buffer].values.allSatisfy({ lastUses[$0] <= time }) else { return false }
    for (index, input) in node.inputs.enumerated() where homes[input]!.buffer == home.buffer {
      guard candidates.contains(index), homes[input]!.byteOffset == home.byteOffset else { return false }
    }
    return true
  }

  // MARK: Layout

  /// An output that has a buffer to itself is written where the caller wants it.
  private mutating func giveToCaller(_ value: Graph.ValueID, _ index: Int) {
    guard let home = homes[value], buffers[home.buffer].region == nil, home.byteOffset == 0,
      graph.specs[value].byteCount == buffers[home.buffer].byteCount,
      buffers[home.buffer].values.filter({ lastUses[$0] == Self.forever }) == [value],
      graph.outputs.filter({ $0 == value }).count == 1
    else { return }
    buffers[home.buffer].region = .result(index)
  }

  /// Gives every buffer of the arena an offset: the largest first, each into the smallest gap between those that live at
  /// the same time. Returns the bytes needed.
  private mutating func layOut() -> Int {
    let order = buffers.indices.filter { buffers[$0].region == nil }
      .sorted { (-buffers[$0].byteCount, buffers[$0].first, $0) < (-buffers[$1].byteCount, buffers[$1].first, $1) }
    // Sorted by offset.
    var placed: [Int] = []
    var total = 0
    for index in order {
      let length = (buffers[index].byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
      let offset = gap(for: index, length, among: placed)
      buffers[index].offset = offset
      total = max(total, offset + length)
      let position = placed.firstIndex { buffers[$0].offset > offset } ?? placed.count
      placed.insert(index, at: position)
    }
    return total
  }

  private func gap(for index: Int, _ length: Int, among placed: [Int]) -> Int {
    let buffer = buffers[index]
    var best: (offset: Int, length: Int)?
    var end = 0
    for other in placed {
      let neighbour = buffers[other]
      guard neighbour.first <= buffer.last, buffer.first <= neighbour.last else { continue }
      let free = neighbour.offset - end
      if free >= length, best == nil || free < best!.length { best = (end, free) }
      end = max(end, neighbour.offset + neighbour.byteCount)
      end = (end + Self.alignment - 1) / Self.alignment * Self.alignment
    }
    return best?.offset ?? end
  }
}
