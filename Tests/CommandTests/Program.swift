import Foundation
import TensorCore
import Testing

/// The built program, run as a user runs it.
enum Program {
  struct Result {
    /// The exit code; that of a signal below 0.
    let status: Int32
    let output: String
    let errors: String

    /// What `--json` printed.
    func json() throws -> JSON { try JSON(parsing: output) }

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// Beside the program that runs these tests.
  static let path: String = {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "apus").path
  }()

  /// - Parameter shell: a line of bash in place of the program, which is `"$0" "$@"` in it.
  static func run(
    _ arguments: [String], in folder: Folder? = nil, shell: String? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    try Running(arguments, in: folder, shell: shell, environment: environment).finish()
  }

  /// The same, expected to end with a code; what it said is in the message where it does not.
  @discardableResult
  static func run(
    _ arguments: [String], in folder: Folder? = nil, code: Int32, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Result {
    let result = try run(arguments, in: folder)
    #expect(
      result.status == code, "apus \(arguments.joined(separator: " "))\n\(result.output)\(result.errors)",
      sourceLocation: sourceLocation)
    return result
  }

  /// The program while it runs.
  final class Running {
    let process = Process()
    private let files: Folder

    init(
      _ arguments: [String], in folder: Folder? = nil, shell: String? = nil, environment: [String: String] = [:]
    ) throws {
      files = try Folder()
      process.executableURL = URL(filePath: shell == nil ? Program.path : "/bin/bash")
      process.arguments = (shell.map { ["-c", $0, Program.path] } ?? []) + arguments
      process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "APUS_DATA" }
        .merging(environment) { $1 }
      process.currentDirectoryURL = (folder ?? files).url
      process.standardInput = FileHandle.nullDevice
      // Files rather than pipes: nothing waits for a reader.
      process.standardOutput = try files.handle("stdout")
      process.standardError = try files.handle("stderr")
      try process.run()
    }

    func finish() throws -> Result {
      process.waitUntilExit()
      return Result(
        status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
        output: try files.text("stdout"), errors: try files.text("stderr"))
    }
  }
}

/// A folder for one test, removed with it.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "apus-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  func write(_ bytes: Data, _ name: String) throws { try bytes.write(to: url.appending(path: name)) }

  func handle(_ name: String) throws -> FileHandle {
    try write(Data(), name)
    return try FileHandle(forWritingTo: url.appending(path: name))
  }

  /// Names of all that is here, hidden files included.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
}
