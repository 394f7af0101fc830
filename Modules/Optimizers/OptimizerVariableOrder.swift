/// How Keras lists an optimizer's variables, after `iteration` and (in Keras 3) `learning_rate`.
public struct OptimizerVariableOrder: Hashable, Sendable {
  public struct Slot: Hashable, Sendable {
    /// One of `Optimizer.slotNames`; a name that is none of them is stored as zeros and skipped when read.
    public var name: String
    /// What Keras 2 calls it in the names of variables.
    public var keras2: String

    public init(_ name: String, keras2: String? = nil) { (self.name, self.keras2) = (name, keras2 ?? name) }
  }

  /// For the first weight all of these, then for the second …
  public var interleaved: [Slot]
  /// Then for each of these, all weights'.
  public var after: [Slot]

  public init(interleaved: [Slot], after: [Slot] = []) { (self.interleaved, self.after) = (interleaved, after) }
}
