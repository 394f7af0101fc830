import Foundation
import Testing

/// The Swift in the documentation compiles: the blocks of a page, one after the other, are a program.
@Suite struct DocumentationTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Where the modules of this build are, and the module maps of its C targets.
  private static let build = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  private static let features = ["InternalImportsByDefault", "MemberImportVisibility", "ExistentialAny"]

  @Test(arguments: [
    "README.md", "Docs/LoadAKerasModel.md", "Docs/WriteALayer.md", "Docs/WriteAnOperation.md", "Docs/WriteABackend.md",
    "Docs/WriteAnOptimizer.md", "Docs/Profile.md",
  ]) func theBlocksOfAPageCompile(_ page: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
    let blocks = text.components(separatedBy: "```swift\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    #expect(!blocks.isEmpty)
    let source = FileManager.default.temporaryDirectory.appending(path: "apus-page-\(UUID().uuidString).swift")
    defer { try? FileManager.default.removeItem(at: source) }
    try blocks.joined(separator: "\n").write(to: source, atomically: true, encoding: .utf8)
    var arguments = ["swiftc", "-typecheck", "-warnings-as-errors", "-swift-version", "6"]
    arguments += Self.features.flatMap { ["-enable-upcoming-feature", $0] }
    arguments += ["-I", Self.build.appending(path: "Modules").path] + (try Self.moduleMaps())
    arguments += try Self.run(["pkg-config", "--cflags-only-I", "hdf5"]).output.split(whereSeparator: \.isWhitespace)
      .flatMap { ["-Xcc", String($0)] }
    let (status, output) = try Self.run(arguments + [source.path])
    #expect(status == 0, "\(page):\n\(output)")
  }

  private static func moduleMaps() throws -> [String] {
    let systems = root.appending(path: "Plugins/System")
    let folders = try [build, systems].flatMap {
      try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
    }
    return folders.map { $0.appending(path: "module.modulemap").path }
      .filter { FileManager.default.fileExists(atPath: $0) }.flatMap { ["-Xcc", "-fmodule-map-file=" + $0] }
  }

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }
}
