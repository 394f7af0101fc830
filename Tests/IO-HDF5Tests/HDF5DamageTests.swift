import Foundation
import IO_HDF5
import TensorCore
import Testing

/// Files that are not what they should be: always an error that names the file and says why.
@Suite struct HDF5DamageTests {
  @Test func namesAMissingFile() throws {
    let error = try failure { _ = try HDF5Archive(opening: "/nowhere/model.h5") }
    #expect(error.code == .missingFile)
    #expect(error.description == "/nowhere/model.h5: there is no such file")
  }

  @Test func refusesADirectoryAndADevice() throws {
    let folder = try TemporaryFolder()
    let error = try failure { _ = try HDF5Archive(opening: folder.path) }
    #expect(error.description == "\(folder.path): found a directory, expected a file")
    #expect(try failure { _ = try HDF5Archive(opening: "/dev/null") }.message.contains("a device or a pipe"))
  }

  @Test func refusesWhatIsNotHDF5() throws {
    let folder = try TemporaryFolder()
    try "hello, world".write(toFile: folder["text.h5"], atomically: false, encoding: .utf8)
    let error = try failure { _ = try HDF5Archive(opening: folder["text.h5"]) }
    #expect(error.code == .invalidFile)
    #expect(
      error.message
        == "is not an HDF5 file: found the first bytes 68 65 6c 6c 6f 2c 20 77, expected 89 48 44 46 0d 0a 1a 0a")
    try Data([0x50, 0x4B, 3, 4, 0, 0]).write(to: URL(filePath: folder["model.keras"]))
    #expect(
      try failure { _ = try HDF5Archive(opening: folder["model.keras"]) }.message.contains("this is a zip archive"))
    try Data().write(to: URL(filePath: folder["empty.h5"]))
    #expect(
      try failure { _ = try HDF5Archive(opening: folder["empty.h5"]) }.message
        == "found an empty file, expected an HDF5 file")
  }

  @Test(arguments: ["small.h5", "earliest.h5", "latest.h5", "userblock.h5"])
  func refusesATruncatedFile(_ name: String) throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(filePath: fixture(name)))
    for part in 0..<20 {
      // Twenty places from the first byte to the last but one.
      let count = 1 + part * (whole.count - 2) / 19
      try whole.prefix(count).write(to: URL(filePath: folder["cut.h5"]))
      let error = try failure { _ = try HDF5Archive(opening: folder["cut.h5"]) }
      #expect(error.code == .invalidFile && error.path == [folder["cut.h5"]])
      #expect(error.message.contains("truncated") || error.message.contains("is not an HDF5 file"), "\(error)")
      #expect(throws: CoreError.self) { try HDF5Archive(bytes: Array(whole.prefix(count)), name: "cut.h5") }
    }
  }

  @Test func namesWhatIsMissing() throws {
    let path = fixture("small.h5")
    let archive = try HDF5Archive(opening: path)
    let error = try failure { _ = try archive.tensor(at: "model_weights/dense/dense/gamma:0") }
    #expect(error.code == .invalidFile)
    #expect(
      error.description == "\(path)/model_weights/dense/dense/gamma:0: there is nothing at this path; "
        + "'model_weights/dense/dense' holds 'bias:0', 'kernel:0'")
    #expect(
      try failure { _ = try archive.children(of: "layers") }.message
        == "there is nothing at this path; the file holds 'model_weights'")
    #expect(
      try failure { _ = try archive.tensor(at: "model_weights") }.message == "found a group, expected an array")
    #expect(
      try failure { _ = try archive.children(of: "model_weights/dense/dense/bias:0") }.message
        == "found an array, expected a group")
    #expect(throws: CoreError.self) { try archive.attribute("units", at: "absent") }
  }

  @Test(arguments: HDF5ArchiveTests.versions) func refusesLinksThatLeadElsewhere(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    #expect(try failure { _ = try archive.tensor(at: "links/soft") }.message.contains("found a soft link"))
    #expect(
      try failure { _ = try archive.tensor(at: "links/outside/more") }.message.contains("a link into another file"))
    #expect(try failure { _ = try archive.exists("named_type") }.message.contains("found a named type"))
  }

  @Test(arguments: HDF5ArchiveTests.versions) func refusesShapesBeforeAskingForMemory(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    #expect(try failure { _ = try archive.tensor(at: "layouts/huge") }.message.contains("which no tensor can have"))
    #expect(try failure { _ = try archive.spec(of: "layouts/rank9") }.message.contains("found 9 dimensions"))
    #expect(try failure { _ = try archive.tensor(at: "layouts/large") }.message.contains("it is damaged"))
    #expect(try failure { _ = try archive.tensor(at: "layouts/null") }.message.contains("without values"))
  }

  @Test(arguments: HDF5ArchiveTests.versions) func refusesElementsThatNoTensorHas(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    #expect(try failure { _ = try archive.tensor(at: "types/text") }.message.contains("found strings, expected one of"))
    #expect(try failure { _ = try archive.tensor(at: "types/complex") }.message.contains("found compound elements"))
    #expect(try failure { _ = try archive.tensor(at: "types/opaque") }.message.contains("found opaque elements of 2"))
    #expect(
      try failure { _ = try archive.tensor(at: "types/uint64_large") }.message
        == "found 9223372036854775808, expected integers that int64 can hold")
  }
}
