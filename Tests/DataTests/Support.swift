import Foundation
import TensorCore
import Testing

/// A folder of its own, removed when this value goes.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }

  var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: self[name]))
    return self[name]
  }
}

/// The root of the package.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

func fixture(_ name: String) -> String { "\(root)/Tests/Fixtures/data/\(name)" }

/// The error that `body` throws.
func failure(
  of body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws -> CoreError {
  try #require(throws: CoreError.self, sourceLocation: sourceLocation) { try body() }
}
