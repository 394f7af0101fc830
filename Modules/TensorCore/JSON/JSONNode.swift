/// A place in the tree that is being encoded.
///
/// A class, because containers for one place may be handed out, kept and filled in any order.
final class JSONNode {
  enum Slot {
    case value(JSON)
    case node(JSONNode)
  }

  private enum Content {
    case empty
    case value(Slot)
    case array([Slot])
    case object([(key: String, slot: Slot)])
    /// Asked to be two of the others.
    case conflict
  }

  private var content = Content.empty
  private var hasSortedKeys = false

  func makeObject() {
    switch content {
    case .empty: content = .object([])
    case .object: break
    default: content = .conflict
    }
  }

  func makeArray() {
    switch content {
    case .empty: content = .array([])
    case .array: break
    default: content = .conflict
    }
  }

  /// For dictionaries, which have no order of their own.
  func sortKeys() {
    hasSortedKeys = true
  }

  func set(_ slot: Slot) {
    guard case .empty = content else {
      content = .conflict
      return
    }
    content = .value(slot)
  }

  func set(_ slot: Slot, forKey key: String) {
    guard case .object(var members) = content else { return }
    content = .empty  // So that the array is not copied.
    members.append((key, slot))
    content = .object(members)
  }

  func append(_ slot: Slot) {
    guard case .array(var elements) = content else { return }
    content = .empty
    elements.append(slot)
    content = .array(elements)
  }

  var count: Int {
    guard case .array(let elements) = content else { return 0 }
    return elements.count
  }

  /// The node under a key, the one already there if there is one.
  func child(forKey key: String) -> JSONNode {
    if case .object(let members) = content, case .node(let node)? = members.last(where: { $0.key == key })?.slot {
      return node
    }
    let node = JSONNode()
    set(.node(node), forKey: key)
    return node
  }

  /// A new node at the end of the array.
  func appendChild() -> JSONNode {
    let node = JSONNode()
    append(.node(node))
    return node
  }

  fileprivate func resolved(at path: [String]) throws(CoreError) -> JSON {
    switch content {
    case .empty:
      return .object([:])
    case .value(let slot):
      return try slot.resolved(at: path)
    case .array(let elements):
      var values: [JSON] = []
      values.reserveCapacity(elements.count)
      for slot in elements { values.append(try slot.resolved(at: path + [String(values.count)])) }
      return .array(values)
    case .object(let members):
      var object = JSONObject()
      for (key, slot) in hasSortedKeys ? members.sorted(by: { $0.key < $1.key }) : members {
        object[key] = try slot.resolved(at: path + [key])
      }
      return .object(object)
    case .conflict:
      let place = path.isEmpty ? "" : path.joined(separator: ".") + ": "
      throw CoreError(
        .invalidConfig, place + "expected encode(to:) to ask for one kind of container and fill it once, found several")
    }
  }
}

extension JSONNode.Slot {
  func resolved(at path: [String]) throws(CoreError) -> JSON {
    switch self {
    case .value(let value): value
    case .node(let node): try node.resolved(at: path)
    }
  }
}
