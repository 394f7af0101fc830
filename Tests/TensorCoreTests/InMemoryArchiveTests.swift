import TensorCore
import Testing

@Suite struct InMemoryArchiveTests {
  static func archive() throws -> InMemoryArchive {
    var archive = InMemoryArchive(name: "test")
    try archive.write(Tensor([1, 2] as [Float]), at: "model/dense/kernel")
    try archive.write(Tensor([3] as [Int64]), at: "model/dense/bias")
    try archive.makeGroup("empty/group")
    try archive.setAttribute("names", at: "model", .strings(["a", "b"]))
    try archive.setAttribute("version", at: "", .integer(3))
    return archive
  }

  @Test func whatIsWrittenIsRead() throws {
    let archive = try Self.archive()
    #expect(try archive.tensor(at: "/model/dense/kernel").scalars(of: Float.self) == [1, 2])
    #expect(try archive.spec(of: "model/dense/bias") == TensorSpec([1], .int64))
    #expect(try archive.attribute("names", at: "model") == .strings(["a", "b"]))
    #expect(try archive.attribute("version", at: "") == .integer(3))
    #expect(try archive.attribute("other", at: "model/dense") == nil)
  }

  @Test func groupsListTheirChildren() throws {
    let archive = try Self.archive()
    #expect(try archive.children(of: "") == ["empty", "model"])
    #expect(try archive.children(of: "model/dense/") == ["bias", "kernel"])
    #expect(try archive.children(of: "empty/group") == [])
    #expect(archive.isGroup("model/dense") && !archive.isGroup("model/dense/kernel") && archive.exists("empty"))
  }

  @Test func errorsNameArchiveAndPath() throws {
    var archive = try Self.archive()
    let missing = #expect(throws: CoreError.self) { try archive.tensor(at: "model/x") }
    #expect(missing?.description == "test/model/x: there is nothing at this path")
    #expect(throws: CoreError.self) { try archive.children(of: "model/dense/kernel") }
    #expect(throws: CoreError.self) { try archive.attribute("a", at: "nowhere") }
    let taken = #expect(throws: CoreError.self) { try archive.write(Tensor(Float(1)), at: "model/dense") }
    #expect(taken?.code == .cannotWrite)
    #expect(throws: CoreError.self) { try archive.makeGroup("model/dense/kernel/x") }
  }
}
