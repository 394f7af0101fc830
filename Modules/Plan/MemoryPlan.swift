internal import TensorCore

/// Which bytes a value lies in.
enum Region: Hashable, Sendable {
  /// The session's own block, shared by values that do not live at the same time.
  case arena
  case constant(Graph.ValueID)
  /// The caller's tensors of one run, by position.
  case argument(Int)
  /// The tensors that one run fills, by position.
  case result(Int)
  /// What the plan carries from run to run, by position.
  case state(Int)
}

/// Where a value's bytes begin.
struct Place: Hashable, Sendable {
  var region: Region
  var byteOffset: Int
}

/// Where every value of a graph lies while it runs, made once by `MemoryPlanner`.
struct MemoryPlan: Sendable {
  /// One per value; nil for values that do not occur.
  var places: [Place?]
  /// One per node: where its scratch memory begins in the arena; nil where it wants none.
  var scratch: [Int?]
  var arenaByteCount: Int
}
