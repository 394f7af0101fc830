import Data
import Foundation
import TensorCore
import Testing

/// Real Keras in a process of its own: what it makes of files that Apus wrote.
struct RealKeras: Sendable, CustomTestStringConvertible {
  let majorVersion: Int

  var testDescription: String { "Keras \(majorVersion)" }

  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The interpreter that `Scripts/python-env` made.
  private var python: URL { Self.root.appending(path: ".venv-keras\(majorVersion)/bin/python") }

  /// Answers of `Tests/Tools/check_with_keras.py`, one per job, from one process.
  ///
  /// - Parameter jobs: argument lists, e.g. `["predict", "model.h5", "--x", "x.npy", "--out", "y.npy"]`.
  func run(_ jobs: [[String]], in folder: URL) throws -> [JSON] {
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw CoreError(
        .missingFile,
        "found no Keras \(majorVersion), expected the environment that Scripts/python-env \(majorVersion) "
          + "makes (Scripts/test does)", path: [python.path])
    }
    let list = folder.appending(path: "jobs\(majorVersion).json")
    let text = JSON.array(jobs.map { .array($0.map { .string($0) }) }).serialized()
    try text.write(to: list, atomically: true, encoding: .utf8)
    let script = Self.root.appending(path: "Tests/Tools/check_with_keras.py")
    let output = try Command.run(python.path, [script.path, "jobs", list.path])
    guard output.status == 0 else {
      throw CoreError(.invalidData, "Keras \(majorVersion) failed: \(output.errors.suffix(3000))")
    }
    // TensorFlow may print lines of its own first.
    let answer = output.text.split(separator: "\n").last { $0.hasPrefix("[") } ?? "[]"
    return try JSON(parsing: String(answer)).arrayValue ?? []
  }
}

/// A program, run to its end.
enum Command {
  struct Output {
    let status: Int32
    let text: String
    let errors: String
  }

  static func run(_ path: String, _ arguments: [String]) throws -> Output {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let folder = FileManager.default.temporaryDirectory
    let (out, err) = (folder.appending(path: UUID().uuidString), folder.appending(path: UUID().uuidString))
    defer { for file in [out, err] { try? FileManager.default.removeItem(at: file) } }
    // Files rather than pipes: a child that writes much to both must not wait for us.
    for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus, text: try String(contentsOf: out, encoding: .utf8),
      errors: try String(contentsOf: err, encoding: .utf8))
  }

  /// The program `apus` of this build, which lies beside the test bundle.
  static var apus: String {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "apus").path
  }
}

/// A folder that is there for one test.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes an array and says where.
  func save(_ tensor: Tensor, _ name: String) throws -> String {
    try NPY.write(tensor, to: path(name))
    return path(name)
  }
}
