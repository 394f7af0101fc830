import Apus
import Foundation
import Testing

/// Where output cannot be written, the reason is said and what was there before stays.
@Suite struct UnwritableTests {
  private static func writers(_ path: String) -> [[String]] {
    [
      ["zoo", "lenet5", "--save", path], ["predict", Samples.lenet, "--input", "x.npy", "--output", path],
      TrainTests.lenet + ["--save", path],
    ]
  }

  private func folder() throws -> Folder {
    let folder = try Folder()
    try Samples.write(32, to: folder)
    return folder
  }

  @Test(arguments: 0..<3) func aFolderThatIsNotThere(_ writer: Int) throws {
    let result = try Program.run(Self.writers("none/out.h5")[writer], in: folder(), code: 1)
    #expect(result.errors.hasPrefix("apus: error: none/out.h5: "))
  }

  @Test(arguments: 0..<3) func aFileWhereAFolderShouldBe(_ writer: Int) throws {
    let folder = try folder()
    let before = try folder.bytes("y.npy")
    let result = try Program.run(Self.writers("y.npy/out.h5")[writer], in: folder, code: 1)
    #expect(result.errors.contains("y.npy/out.h5"))
    #expect(try folder.bytes("y.npy") == before)
  }

  @Test(arguments: 0..<3) func aFolderWhereTheFileShouldBe(_ writer: Int) throws {
    let folder = try folder()
    try FileManager.default.createDirectory(atPath: folder.path("out"), withIntermediateDirectories: false)
    let result = try Program.run(Self.writers("out")[writer], in: folder, code: 1)
    #expect(result.errors.contains("out: "))
    #expect(try folder.names() == ["out", "x.npy", "y.npy"])
  }

  @Test(arguments: 0..<3) func aDeviceThatIsFull(_ writer: Int) throws {
    let result = try Program.run(Self.writers("/dev/full")[writer], in: folder(), code: 1)
    #expect(result.errors.contains("/dev/full: "))
    var status = stat()
    #expect(stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR, "the device is still one")
  }

  /// A limit on the size of files fails in the middle of a file, as a disk that runs full does.
  @Test(arguments: 0..<3) func aDiskThatRunsFullInTheMiddle(_ writer: Int) throws {
    let folder = try folder()
    try folder.write(Data("precious".utf8), "out")
    let images = Samples.digits(400).images
    try NPY.write(images, to: folder.path("x.npy"))
    try NPY.write(Samples.digits(400).labels, to: folder.path("y.npy"))
    let before = try folder.names()
    let limited = try Program.run(Self.writers("out")[writer], in: folder, shell: "ulimit -f 4; exec \"$0\" \"$@\"")
    #expect(limited.status == 1)
    #expect(limited.errors.contains("apus: error: out: ") && limited.errors.contains("File too large"))
    #expect(try folder.text("out") == "precious")
    #expect(try folder.names() == before)
  }

  @Test func aLogThatCannotBeWrittenIsNoticedBeforeTraining() throws {
    let result = try Program.run(TrainTests.lenet + ["--log", "none/steps.csv"], in: folder(), code: 1)
    #expect(result.errors.contains("none/steps.csv") && !result.output.contains("Epoch"))
  }

  @Test func aLogThatRunsFullIsAFailure() throws {
    let result = try Program.run(TrainTests.lenet + ["--log", "/dev/full"], in: folder(), code: 1)
    #expect(result.errors.contains("/dev/full: cannot be written: No space left on device"))
  }
}
