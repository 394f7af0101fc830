import Foundation
import IO_HDF5
import TensorCore
import Testing

/// Whatever happens while a file is written, what was there before stays, and nothing else is left behind.
@Suite struct HDF5AtomicityTests {
  private let old = "what was there before"

  private func folder(with name: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try old.write(toFile: folder[name], atomically: false, encoding: .utf8)
    return folder
  }

  private func checkUntouched(_ folder: TemporaryFolder, _ name: String) throws {
    #expect(try String(contentsOfFile: folder[name], encoding: .utf8) == old)
    #expect(folder.files == [name])
  }

  /// Writes a file of about `byteCount` bytes.
  private static func write(_ path: String, byteCount: Int = 4096) throws(CoreError) {
    try HDF5Archive.write(to: path) { (writer) throws(CoreError) in
      try writer.write(Tensor([UInt8](repeating: 1, count: byteCount)), at: "kernel")
    }
  }

  @Test func replacesAFileAndKeepsItsMode() throws {
    let folder = try folder(with: "model.h5")
    chmod(folder["model.h5"], 0o640)
    try Self.write(folder["model.h5"])
    #expect(try HDF5Archive(opening: folder["model.h5"]).tensor(at: "kernel").elementCount == 4096)
    #expect(folder.files == ["model.h5"])
    var status = stat()
    #expect(stat(folder["model.h5"], &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func replacesWhatALinkLeadsTo() throws {
    let folder = try folder(with: "real.h5")
    try FileManager.default.createSymbolicLink(atPath: folder["link.h5"], withDestinationPath: "real.h5")
    try Self.write(folder["link.h5"])
    #expect(try HDF5Archive(opening: folder["real.h5"]).exists("kernel"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder["link.h5"]) == "real.h5")
  }

  @Test func anOpenFileSurvivesItsReplacement() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder["model.h5"], byteCount: 10)
    let before = try HDF5Archive(opening: folder["model.h5"])
    try Self.write(folder["model.h5"], byteCount: 20)
    #expect(try before.tensor(at: "kernel").elementCount == 10)
    #expect(try HDF5Archive(opening: folder["model.h5"]).tensor(at: "kernel").elementCount == 20)
  }

  @Test func anErrorWhileWritingLeavesTheOldFile() throws {
    let folder = try folder(with: "model.h5")
    let error = try failure {
      try HDF5Archive.write(to: folder["model.h5"]) { (writer) throws(CoreError) in
        try writer.write(Tensor([1, 2] as [Float]), at: "kernel")
        throw CoreError(.invalidArgument, "stopped")
      }
    }
    #expect(error.message == "stopped")
    try checkUntouched(folder, "model.h5")
  }

  @Test func refusesPathsThatCannotBeWritten() throws {
    let folder = try folder(with: "model.h5")
    let error = try failure { try Self.write(folder["absent/model.h5"]) }
    #expect(error.code == .cannotWrite)
    #expect(error.description.hasPrefix("\(folder["absent/model.h5"]): cannot be written: No such file or directory"))
    #expect(try failure { try Self.write(folder["model.h5/more.h5"]) }.code == .cannotWrite)
    #expect(
      try failure { try Self.write(folder.path) }.description
        == "\(folder.path): found a directory, expected a file or nothing")
    #expect(try failure { try Self.write("") }.code == .cannotWrite)
    #expect(try failure { try Self.write("/proc/model.h5") }.code == .cannotWrite)
    try checkUntouched(folder, "model.h5")
  }

  /// `/dev/full` is a disk that is always full; it must still be a device afterwards.
  @Test func saysThatTheDiskIsFull() throws {
    let error = try failure { try Self.write("/dev/full") }
    #expect(error.code == .cannotWrite)
    #expect(error.description.hasPrefix("/dev/full: cannot be written: No space left on device"))
    var status = stat()
    #expect(stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aDirectoryWithoutPermissionIsRefused() async throws {
    let folder = try folder(with: "model.h5")
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o755) }
    let path = folder["model.h5"]
    await #expect(processExitsWith: .success) { [path = path as String] in
      // The superuser may write everywhere, so become nobody.
      if getuid() == 0 { try #require(setuid(65534) == 0) }
      let error = try failure { try Self.write(path) }
      #expect(error.code == .cannotWrite && error.message.contains("Permission denied"))
    }
    try checkUntouched(folder, "model.h5")
  }

  @Test func aWriteThatStopsHalfwayLeavesTheOldFile() async throws {
    let folder = try folder(with: "model.h5")
    let path = folder["model.h5"]
    await #expect(processExitsWith: .success) { [path = path as String] in
      // The system stops every file of this process at 64 KB.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 65536, rlim_max: 65536)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let error = try failure { try Self.write(path, byteCount: 1 << 20) }
      #expect(error.code == .cannotWrite && error.message.contains("File too large"))
      try Self.write(path + ".small")
    }
    try FileManager.default.removeItem(atPath: path + ".small")
    try checkUntouched(folder, "model.h5")
  }

  @Test func aKilledProcessLeavesTheOldFile() async throws {
    let folder = try folder(with: "model.h5")
    let path = folder["model.h5"]
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try HDF5Archive.write(to: path) { (writer) throws(CoreError) in
        try writer.write(Tensor([UInt8](repeating: 1, count: 1 << 20)), at: "kernel")
        kill(getpid(), SIGKILL)
      }
    }
    try checkUntouched(folder, "model.h5")
  }

  /// Killed at many moments of saving over and over: the file is always whole, the old one or the new one.
  @Test func aFileIsWholeWheneverItsWriterIsKilled() async throws {
    let folder = try TemporaryFolder()
    let path = folder["model.h5"]
    try Self.write(path, byteCount: 1 << 20)
    for delay in [3_000, 11_000, 29_000] as [UInt32] {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as UInt32] in
        let writer = Thread { while true { try? Self.write(path, byteCount: 1 << 20) } }
        writer.start()
        usleep(delay)
        kill(getpid(), SIGKILL)
      }
      let kernel = try HDF5Archive(opening: path).tensor(at: "kernel")
      #expect(kernel.withScalars(of: UInt8.self) { $0.allSatisfy { $0 == 1 } })
    }
  }
}
