internal import COneDNN
internal import TensorCore

/// One computation of the library for given sizes, layouts and number of threads; slow to make, shared by all threads.
final class Primitive: Sendable {
  private let handle: Handle
  let scratchByteCount: Int

  /// nil where `raw` is: the library has no implementation.
  init?(_ raw: OpaquePointer?) {
    guard let raw else { return nil }
    handle = Handle(UnsafeMutableRawPointer(raw)) { cdnn_primitive_destroy(OpaquePointer($0)) }
    scratchByteCount = Int(cdnn_scratch_byte_count(raw))
  }

  var raw: OpaquePointer { handle.opaque }

  /// The library's name for the implementation that it chose: `"brgconv:avx512_core"`.
  var implementation: String { String(cString: cdnn_implementation(raw)) }

  /// Whether the library has nothing better than its plain loops, which ours beat.
  var isReference: Bool { implementation.contains("ref") }

  /// Bytes of an argument in the layout that the primitive wants; 0 where it has none.
  func byteCount(_ slot: cdnn_slot) -> Int { Int(cdnn_byte_count(raw, slot)) }

  /// Whether the primitive's layout of an argument is the one that `tensor` says.
  func isLayout(_ slot: cdnn_slot, _ tensor: cdnn_tensor) -> Bool {
    withUnsafePointer(to: tensor) { cdnn_is_layout(raw, slot, $0) != 0 }
  }

  /// A primitive that copies from the plain layout `tensor` to the one that this one wants in `slot`.
  func reorder(_ tensor: cdnn_tensor, into slot: cdnn_slot, threads: Int) -> Primitive? {
    withUnsafePointer(to: tensor) { Primitive(cdnn_reorder_into($0, raw, slot, Int32(clamping: threads))) }
  }

  /// A primitive that copies from the layout that this one leaves in `slot` to the plain layout `tensor`.
  func reorder(from slot: cdnn_slot, to tensor: cdnn_tensor, threads: Int) -> Primitive? {
    withUnsafePointer(to: tensor) { Primitive(cdnn_reorder_from(raw, slot, $0, Int32(clamping: threads))) }
  }
}

/// Runs a primitive; holds arguments that never change. Any number of threads may run it at once.
final class Call: Sendable {
  let primitive: Primitive
  private let handle: Handle
  private let fixed: [Handle]

  /// - Parameters:
  ///   - primitive: what to run.
  ///   - fixed: arguments that are always the same, in the primitive's layouts.
  init?(_ primitive: Primitive, fixed: [(slot: cdnn_slot, bytes: Handle)] = []) {
    guard let raw = cdnn_call_create(primitive.raw) else { return nil }
    handle = Handle(UnsafeMutableRawPointer(raw)) { cdnn_call_destroy(OpaquePointer($0)) }
    self.primitive = primitive
    self.fixed = fixed.map(\.bytes)
    for (slot, bytes) in fixed where cdnn_call_fix(raw, slot, bytes.pointer) == 0 { return nil }
  }

  /// Traps where the library fails, which it does for lack of memory only.
  func run(_ arguments: cdnn_arguments) {
    let isGood = withUnsafePointer(to: arguments) { cdnn_call_run(handle.opaque, $0) }
    CoreError.require(
      isGood != 0, .backendUnavailable, "oneDNN failed to run \(primitive.implementation)")
  }
}
