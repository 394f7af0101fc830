/// The UTF-8 of a token. Swift's strings are equal where they look alike; Keras's where their bytes are.
public struct TextKey: Hashable, Comparable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  public static func < (a: TextKey, b: TextKey) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
