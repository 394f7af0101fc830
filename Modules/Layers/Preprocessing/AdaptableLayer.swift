public import TensorCore

/// A layer whose recipe can be taken from data. Keras: `adapt`.
public protocol AdaptableLayer: Layer {
  /// The recipe with what the data says.
  ///
  /// - Parameter next: gives a batch, `[samples, ...]`, until there are no more: nil.
  /// - Throws: `CoreError` where the recipe says it already, where there are no data or of a wrong kind, or what `next`
  ///   throws.
  func adapted(batches next: () throws -> Tensor?) throws(CoreError) -> Self
}

extension AdaptableLayer {
  /// The recipe with what one tensor says, `[samples, ...]`. Throws what `adapted(batches:)` throws.
  public func adapted(to data: Tensor) throws(CoreError) -> Self { try adapted(to: [data]) }

  /// The recipe with what batches say, `[samples, ...]` each. Throws what `adapted(batches:)` throws.
  public func adapted(to batches: some Sequence<Tensor>) throws(CoreError) -> Self {
    var iterator = batches.makeIterator()
    return try adapted { iterator.next() }
  }

  /// Throws where data is missing.
  func expectData(_ found: Bool) throws(CoreError) {
    if !found { throw CoreError(.invalidData, "\(Self.kind): found no data to adapt to, expected at least one batch") }
  }
}

/// The next batch, with any error as a `CoreError`.
func nextBatch(_ next: () throws -> Tensor?) throws(CoreError) -> Tensor? {
  do {
    return try next()
  } catch {
    throw CoreError(wrapping: error, .invalidData)
  }
}
