/// One block of memory in which a plan's values lie, and the tensors that see parts of it.
///
/// The owner of an arena keeps the tensors that it makes to itself: they change with every run.
package struct Arena {
  private let storage: Storage

  package let byteCount: Int

  /// 64-byte aligned, uninitialised.
  package init(byteCount: Int) {
    storage = Storage(byteCount: byteCount)
    self.byteCount = byteCount
  }

  /// Where the arena begins. Valid as long as the arena or a tensor in it lives.
  package var base: UnsafeMutableRawPointer { storage.base }

  /// A tensor over the bytes from `byteOffset` on. Every call gives one whose reference to them is unique, so that value
  /// rules may write through it.
  package func tensor(at byteOffset: Int, _ spec: TensorSpec) -> Tensor {
    CoreError.require(
      byteOffset >= 0 && byteOffset + spec.byteCount <= byteCount, .invalidArgument, "a tensor outside of its arena")
    return Tensor(
      storage: Storage(borrowing: storage, at: byteOffset, byteCount: max(spec.byteCount, 1)), spec: spec)
  }
}

extension Tensor {
  /// Where the elements lie. Valid as long as the tensor lives.
  package var address: UnsafeMutableRawPointer { pointer }

  /// A view of the bytes from `byteOffset` on, under another spec.
  package func view(at byteOffset: Int, _ spec: TensorSpec) -> Tensor {
    CoreError.require(
      byteOffset >= 0 && byteOffset + spec.byteCount <= byteCount, .invalidArgument, "a view outside of its tensor")
    return Tensor(storage: storage, byteOffset: self.byteOffset + byteOffset, spec: spec)
  }
}

/// Which bytes of an operation's input an output is a view of.
package struct OperationView: Sendable {
  package let input: Int
  package let byteOffset: Int

  /// One per output where the operation only renames axes; nil where it computes.
  package static func views(
    of operation: any Operation, inputs: [TensorSpec], outputs: [TensorSpec]
  ) -> [OperationView]? {
    // Tensors without bytes, each known by a storage of its own.
    let arguments = inputs.map { Tensor(storage: Storage(byteCount: 0), spec: $0) }
    guard let results = operation.alias(arguments, outputs) else { return nil }
    var views: [OperationView] = []
    for result in results {
      guard let input = arguments.firstIndex(where: { $0.storage === result.storage }) else { return nil }
      views.append(OperationView(input: input, byteOffset: result.byteOffset))
    }
    return views
  }
}
