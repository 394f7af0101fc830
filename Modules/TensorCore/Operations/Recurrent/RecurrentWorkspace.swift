/// What a recurrent forward pass leaves for its gradient: bytes that only their writer understands.
///
/// The first `tagByteCount` bytes name the writer. Whoever computes a gradient looks at them first; where the tag is not
/// its own, it runs the forward pass again into memory of its own. So forward and backward passes of different backends
/// may meet. The length leaves room for the workspaces of libraries, which pad rows and keep states several times.
public enum RecurrentWorkspace {
  public static let tagByteCount = 64

  /// The spec of a workspace for inputs x `[batch, time, features]`.
  public static func spec(_ cell: RecurrentCell, x: TensorSpec, units: Int) -> TensorSpec {
    let rows = x.shape[0] * (x.shape[1] + 1)
    let width = padded(cell.gateCount * units) + 8 * padded(Swift.max(units, x.shape[2]))
    return TensorSpec([tagByteCount + rows * width * 4 * (x.dtype == .float64 ? 2 : 1) + (1 << 16)], .uint8)
  }

  /// A row of so many elements, rounded to cache lines and one more.
  private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }

  /// Writes a tag: the name, then zeros.
  public static func write(tag: StaticString, to workspace: UnsafeMutableRawPointer) {
    workspace.initializeMemory(as: UInt8.self, repeating: 0, count: tagByteCount)
    workspace.copyMemory(from: tag.utf8Start, byteCount: Swift.min(tag.utf8CodeUnitCount, tagByteCount))
  }

  /// Whether a workspace begins with this tag.
  public static func hasTag(_ tag: StaticString, _ workspace: UnsafeRawPointer) -> Bool {
    let bytes = UnsafeRawBufferPointer(start: workspace, count: tagByteCount)
    let count = Swift.min(tag.utf8CodeUnitCount, tagByteCount)
    let expected = UnsafeBufferPointer(start: tag.utf8Start, count: count)
    return bytes.prefix(count).elementsEqual(expected) && bytes.dropFirst(count).allSatisfy { $0 == 0 }
  }
}
