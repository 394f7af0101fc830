internal import Glibc
public import TensorCore

/// A path with places for numbers, as Keras's `ModelCheckpoint` takes it: `"{epoch:02d}-{val_loss:.2f}.h5"`.
public struct CheckpointPath: Sendable {
  public let pattern: String

  public init(_ pattern: String) { self.pattern = pattern }

  /// The path of a checkpoint.
  ///
  /// - Parameters:
  ///   - epoch: from 0; the name counts from 1.
  ///   - step: the batch, from 0; the name counts from 1. nil: an epoch has ended.
  ///   - logs: the other numbers by name.
  /// - Throws: `unknownName` where the pattern names something else, `invalidArgument` where a place is no Python format
  ///   of a number (`d`, `e`, `f`, `g`, with width and precision).
  public func path(epoch: Int, step: Int? = nil, logs: Logs) throws(CoreError) -> String {
    var path = ""
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{") {
      path += rest[..<open]
      guard let close = rest[open...].firstIndex(of: "}") else {
        throw CoreError(.invalidArgument, "found \"{\" without \"}\" in the path \"\(pattern)\"")
      }
      path += try text(rest[rest.index(after: open)..<close], epoch, step, logs)
      rest = rest[rest.index(after: close)...]
    }
    return path + rest
  }

  private func text(_ place: Substring, _ epoch: Int, _ step: Int?, _ logs: Logs) throws(CoreError) -> String {
    let parts = place.split(separator: ":", maxSplits: 1).map(String.init)
    let (name, format) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    let count = name == "epoch" ? epoch + 1 : name == "batch" ? step.map { $0 + 1 } : nil
    guard let value = count.map(Double.init) ?? logs[name] else {
      let known = ["epoch"] + (step == nil ? [] : ["batch"]) + logs.names
      throw CoreError(
        .unknownName, "found \"\(name)\" in the path \"\(pattern)\", expected one of \(known.joined(separator: ", "))")
    }
    guard !format.isEmpty else { return count.map { "\($0)" } ?? "\(value)" }
    let (digits, kind) = (format.dropLast(), format.last ?? "d")
    let sizes = digits.split(separator: ".", omittingEmptySubsequences: false)
    // A width and a precision that fit; whole numbers are those of epochs and batches, as in Python.
    guard sizes.count <= 2, sizes.allSatisfy({ $0.allSatisfy { "0123456789".contains($0) } && (Int($0) ?? 0) <= 64 }),
      kind == "d" ? count != nil && sizes.count == 1 : "efg".contains(kind)
    else {
      throw CoreError(
        .invalidArgument, "found the format \"\(format)\" in the path \"\(pattern)\", expected one such as 02d or .2f")
    }
    return Self.printed(String(digits), kind, value)
  }

  private static func printed(_ digits: String, _ kind: Character, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    let format = "%" + digits + (kind == "d" ? "ld" : String(kind))
    _ = withVaList([kind == "d" ? Int(value) as any CVarArg : value]) { list in
      vsnprintf(&buffer, buffer.count, format, list)
    }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
