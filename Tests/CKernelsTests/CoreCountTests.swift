import CKernels
import Glibc
import Testing

/// Control groups as files in a folder of our own.
@Suite struct CoreCountTests {
  private func quota(membership: String, files: [String: String]) throws -> Int32 {
    var template = Array("/tmp/apus-cgroup-XXXXXX".utf8CString)
    let folder = try #require(template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) })
    let root = String(cString: folder)
    var made = [root]
    defer { for path in made.reversed() { remove(path) } }
    func write(_ path: String, _ text: String) throws {
      var parent = root
      for part in path.split(separator: "/").dropLast() {
        parent += "/" + part
        if mkdir(parent, 0o700) == 0 { made.append(parent) }
      }
      let file = try #require(fopen(root + "/" + path, "w"))
      fputs(text, file)
      fclose(file)
      made.append(root + "/" + path)
    }
    for (path, text) in files { try write(path, text) }
    try write("membership", membership)
    return ck_quota_cores(root + "/membership", root)
  }

  @Test("version 2: the tightest group from the process's own to the root, rounded up")
  func version2() throws {
    #expect(try quota(membership: "0::/\n", files: ["cpu.max": "max 100000\n"]) == 0)
    #expect(try quota(membership: "0::/\n", files: ["cpu.max": "150000 100000\n"]) == 2)
    #expect(
      try quota(membership: "0::/a/b\n", files: ["a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000"]) == 3)
    #expect(
      try quota(membership: "0::/a/b\n", files: ["a/b/cpu.max": "50000 100000", "a/cpu.max": "300000 100000"]) == 1)
  }

  @Test("version 1, where a container sees its own group as the root of the mount")
  func version1() throws {
    let files = ["cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"]
    #expect(try quota(membership: "4:cpu,cpuacct:/not/here\n3:memory:/x\n", files: files) == 4)
    #expect(try quota(membership: "3:memory:/\n", files: files) == 0)
    let unlimited = ["cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"]
    #expect(try quota(membership: "4:cpu:/\n", files: unlimited) == 0)
  }

  @Test("nonsense and missing files limit nothing")
  func nonsense() throws {
    #expect(ck_quota_cores("/nonexistent", "/nonexistent") == 0)
    #expect(try quota(membership: "no colons\n0::\n:::::\n", files: ["cpu.max": "many 100000\n"]) == 0)
    #expect(try quota(membership: "0::/../..\n", files: ["cpu.max": "100000 0\n"]) == 0)
    #expect(ck_core_count() >= 1)
  }
}
