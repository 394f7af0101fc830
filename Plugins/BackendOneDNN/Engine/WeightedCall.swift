internal import COneDNN
internal import TensorCore

/// A primitive with weights that come in Keras's layout and are wanted in the library's own.
///
/// Weights that never change are copied once, here; others before each run, into scratch memory.
struct WeightedCall: Sendable {
  private let call: Call
  private let packing: Call?
  private let packedOffset: Int
  let scratchByteCount: Int
  /// Whether it has a copy of constant weights, so that those are never read again.
  let isPacked: Bool

  /// The second input, where it is not read.
  var unreadInputs: Set<Int> { isPacked ? [1] : [] }

  /// - Parameters:
  ///   - primitive: what to run; its weights are in `CDNN_WEIGHTS`.
  ///   - plain: the layout of the weights as they come.
  ///   - constant: the weights where they never change.
  ///   - threads: how many copy.
  init?(_ primitive: Primitive, plain: cdnn_tensor, constant: Tensor?, threads: Int) {
    let own = primitive.scratchByteCount
    guard !primitive.isLayout(CDNN_WEIGHTS, plain) else {
      guard let call = Call(primitive) else { return nil }
      (self.call, packing, packedOffset, scratchByteCount, isPacked) = (call, nil, 0, own, false)
      return
    }
    guard let reorder = primitive.reorder(plain, into: CDNN_WEIGHTS, threads: threads), let packing = Call(reorder)
    else { return nil }
    if let constant {
      let packed = Self.pack(constant, packing, byteCount: primitive.byteCount(CDNN_WEIGHTS))
      guard let call = Call(primitive, fixed: [(CDNN_WEIGHTS, packed)]) else { return nil }
      (self.call, self.packing, packedOffset, scratchByteCount, isPacked) = (call, nil, 0, own, true)
    } else {
      guard let call = Call(primitive) else { return nil }
      packedOffset = (max(own, reorder.scratchByteCount) + 63) / 64 * 64
      (self.call, self.packing, isPacked) = (call, packing, false)
      scratchByteCount = packedOffset + primitive.byteCount(CDNN_WEIGHTS)
    }
  }

  private static func pack(_ weights: Tensor, _ packing: Call, byteCount: Int) -> Handle {
    let packed = Handle(byteCount: byteCount)
    let scratch = Handle(byteCount: packing.primitive.scratchByteCount)
    weights.withBytes { bytes in
      var copy = cdnn_arguments()
      (copy.source, copy.destination, copy.scratch) = (bytes.baseAddress, packed.pointer, scratch.pointer)
      packing.run(copy)
    }
    return packed
  }

  /// Runs with `weights` as they come; `arguments` has everything else.
  func run(_ arguments: cdnn_arguments, weights: UnsafeRawPointer, scratch: UnsafeMutableRawPointer?) {
    var arguments = arguments
    arguments.scratch = scratch
    arguments.weights = weights
    if let packing, let packed = scratch.map({ $0 + packedOffset }) {
      var copy = cdnn_arguments()
      (copy.source, copy.destination, copy.scratch) = (weights, packed, scratch)
      packing.run(copy)
      arguments.weights = UnsafeRawPointer(packed)
    }
    call.run(arguments)
  }
}
