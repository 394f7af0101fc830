import Foundation
import TensorCore
import Testing

/// The path of a file that `Tests/Tools/make_hdf5_fixtures.py` made.
func fixture(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/hdf5/\(name)").path
}

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
}

/// The error that `body` throws.
func failure(
  of body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws -> CoreError {
  try #require(throws: CoreError.self, sourceLocation: sourceLocation) { try body() }
}
