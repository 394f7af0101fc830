import Data
import Foundation
import TensorCore
import Testing

@Suite struct IDXFileTests {
  @Test func readsEveryElementType() throws {
    let folder = try TemporaryFolder()
    func read(_ type: UInt8, _ data: [UInt8]) throws -> Tensor {
      try IDXFile.read(folder.write([0, 0, type, 2, 0, 0, 0, 1, 0, 0, 0, 2] + data, "a.idx"))
    }
    #expect(try read(0x08, [7, 255]).scalars(of: UInt8.self) == [7, 255])
    #expect(try read(0x09, [7, 255]).scalars(of: Int32.self) == [7, -1])
    #expect(try read(0x0B, [1, 2, 255, 254]).scalars(of: Int32.self) == [258, -2])
    #expect(try read(0x0C, [0, 0, 1, 2, 255, 255, 255, 254]).scalars(of: Int32.self) == [258, -2])
    #expect(try read(0x0D, [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]).scalars(of: Float.self) == [1, -2])
    let doubles = try read(0x0E, [0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0])
    #expect(doubles.scalars(of: Double.self) == [1, -2])
    #expect(doubles.shape == [1, 2])
  }

  @Test func readsNoElements() throws {
    let folder = try TemporaryFolder()
    #expect(try IDXFile.read(folder.write([0, 0, 8, 1, 0, 0, 0, 0], "none.idx")).shape == [0])
  }

  @Test func refusesAWrongMagicNumber() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0x89, 0x48, 0x44, 0x46, 0, 0], "model.h5")
    let error = try failure { _ = try IDXFile.read(path) }
    #expect(error.code == .invalidFile && error.path == [path])
    #expect(error.message.hasPrefix("found the magic number 89 48 44 46, expected an IDX file's: 00 00"))
    let tiny = try folder.write([0, 0], "tiny")
    #expect(
      try failure { _ = try IDXFile.read(tiny) }.message
        == "found 2 bytes, expected at least the 4 of an IDX magic number")
  }

  @Test func refusesTooFewAndTooManyBytes() throws {
    let folder = try TemporaryFolder()
    let header: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]
    let short = try folder.write(header + [1, 2, 3, 4, 5], "short")
    #expect(
      try failure { _ = try IDXFile.read(short) }.message
        == "found 5 bytes of data, expected 6 for shape [2, 3]: it is too short")
    let long = try folder.write(header + [1, 2, 3, 4, 5, 6, 7], "long")
    #expect(
      try failure { _ = try IDXFile.read(long) }.message
        == "found more than the 6 bytes of data that shape [2, 3] has, expected the end")
    let cut = try folder.write(Array(header.prefix(9)), "cut")
    #expect(
      try failure { _ = try IDXFile.read(cut) }.message == "found 9 bytes, expected 12 of header: it is truncated")
  }

  @Test func refusesWhatNoFileCanHold() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0, 0, 8, 2] + [UInt8](repeating: 0x7F, count: 8) + [1], "huge")
    #expect(throws: CoreError.self) { try IDXFile.read(path) }
    let deep = try folder.write([0, 0, 8, 9] + [UInt8](repeating: 0, count: 36), "deep")
    #expect(try failure { _ = try IDXFile.read(deep) }.message.contains("expected at most 8"))
  }

  @Test func namesMissingFilesAndDirectories() throws {
    let folder = try TemporaryFolder()
    #expect(try failure { _ = try IDXFile.read(folder["absent"]) }.code == .missingFile)
    #expect(
      try failure { _ = try IDXFile.read(folder.path) }.description
        == "\(folder.path): found a directory, expected a file")
  }

  @Test func refusesATruncatedGzip() throws {
    let folder = try TemporaryFolder()
    let whole = try [UInt8](Data(contentsOf: URL(filePath: MNISTTests.folder + "/t10k-labels-idx1-ubyte.gz")))
    for part in 0..<20 {
      let path = try folder.write(Array(whole.prefix(part * (whole.count - 1) / 19)), "cut.gz")
      let error = try failure { _ = try IDXFile.read(path) }
      #expect(error.code == .invalidFile && error.path == [path])
    }
    var damaged = whole
    for index in 2000..<2010 { damaged[index] ^= 0x55 }
    let path = try folder.write(damaged, "damaged.gz")
    #expect(throws: CoreError.self) { try IDXFile.read(path) }
  }
}
