public import TensorCore

/// How Keras lists an optimizer's variables, after `iteration` and (in Keras 3) `learning_rate`.
public struct OptimizerVariableOrder: Sendable {
  public struct Slot: Hashable, Sendable {
    /// One of `Optimizer.slotNames`; a name that is none of them is stored as zeros and skipped when read.
    public var name: String
    /// What Keras 2 calls it in the names of variables.
    public var keras2: String
    /// What Keras before 2.11 calls it.
    public var legacy: String
    /// The dtype of the number 0 that Keras 3 lists for a weight without this slot; nil: it lists nothing.
    public var vacancy: DType?

    /// - Parameters:
    ///   - name: one of `Optimizer.slotNames`.
    ///   - keras2: what Keras 2 calls it, if not the same.
    ///   - legacy: what Keras before 2.11 calls it, if not the same as Keras 2.
    ///   - vacancy: the dtype of what Keras 3 lists for a weight without it.
    public init(_ name: String, keras2: String? = nil, legacy: String? = nil, vacancy: DType? = nil) {
      (self.name, self.keras2, self.vacancy) = (name, keras2 ?? name, vacancy)
      self.legacy = legacy ?? keras2 ?? name
    }
  }

  /// A variable of the whole optimizer that follows from the number of updates: written, and skipped when read.
  public struct Derived: Sendable {
    public var name: String
    /// From the number of updates so far.
    public var value: @Sendable (Int) -> Float

    public init(_ name: String, value: @escaping @Sendable (Int) -> Float) { (self.name, self.value) = (name, value) }
  }

  /// For the first weight all of these, then for the second …
  public var interleaved: [Slot]
  /// Then for each of these, all weights'.
  public var after: [Slot]
  /// Last of all.
  public var last: [Derived] = []
  /// What Keras before 2.11 lists first; it has all weights' slots of a name together, unless `isLegacyByWeight`.
  public var legacyFirst: [Derived] = []
  /// Whether Keras before 2.11 has all slots of a weight together.
  public var isLegacyByWeight = false

  public init(interleaved: [Slot], after: [Slot] = []) { (self.interleaved, self.after) = (interleaved, after) }
}
