internal import Synchronization

/// Values that are slow to make, by key; safe from many threads.
///
/// When it is full it forgets everything: what is in use is made again, which a program whose shapes keep changing pays
/// anyway.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let entries = Mutex<[Key: Value]>([:])

  init(limit: Int) { self.limit = limit }

  /// The value for a key; `make` runs without the lock, so two threads may make the same value at once.
  func value(_ key: Key, make: () throws -> Value) rethrows -> Value {
    if let found = entries.withLock({ $0[key] }) { return found }
    let made = try make()
    entries.withLock { entries in
      if entries.count >= limit { entries.removeAll(keepingCapacity: true) }
      entries[key] = made
    }
    return made
  }
}
