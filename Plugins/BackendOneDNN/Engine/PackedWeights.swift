internal import COneDNN
internal import TensorCore

/// Weights that come in Keras's layout and are wanted in a primitive's own.
///
/// Those that never change are copied once, here; others before each run, into scratch memory.
struct PackedWeights: Sendable {
  /// The copy of weights that never change.
  let fixed: Handle?
  private let packing: Call?
  /// What a run wants: room for the copy, at its beginning, and for making it.
  let scratchByteCount: Int

  /// - Parameters:
  ///   - slot: which argument of the primitive they are.
  ///   - primitive: what reads them.
  ///   - plain: the layout of the weights as they come.
  ///   - constant: the weights where they never change.
  ///   - threads: how many copy.
  init?(_ slot: cdnn_slot, of primitive: Primitive, plain: cdnn_tensor, constant: Tensor?, threads: Int) {
    guard !primitive.isLayout(slot, plain) else {
      (fixed, packing, scratchByteCount) = (nil, nil, 0)
      return
    }
    guard let reorder = primitive.reorder(plain, into: slot, threads: threads), let packing = Call(reorder)
    else { return nil }
    let byteCount = primitive.byteCount(slot)
    if let constant {
      fixed = Self.pack(constant, packing, byteCount: byteCount)
      (self.packing, scratchByteCount) = (nil, 0)
    } else {
      fixed = nil
      self.packing = packing
      scratchByteCount = (byteCount + 63) / 64 * 64 + reorder.scratchByteCount
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

  /// Where the primitive finds the weights that are `plain` in this run.
  func callAsFunction(_ plain: UnsafeRawPointer, scratch: UnsafeMutableRawPointer?) -> UnsafeRawPointer {
    guard let packing, let scratch else { return plain }
    let byteCount = scratchByteCount - packing.primitive.scratchByteCount
    var copy = cdnn_arguments()
    (copy.source, copy.destination, copy.scratch) = (plain, scratch, scratch + byteCount)
    packing.run(copy)
    return UnsafeRawPointer(scratch)
  }
}
