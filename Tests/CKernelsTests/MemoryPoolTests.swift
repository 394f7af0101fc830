import CKernels
import Glibc
import Testing

@Suite(.serialized) struct MemoryPoolTests {
  func statistics() -> ck_memory_statistics {
    var result = ck_memory_statistics()
    ck_get_memory_statistics(&result)
    return result
  }

  @Test(
    "buffers are aligned and writable to the end", arguments: [0, 1, 63, 64, 65, 80, 81, 4097, 1 << 20, (2 << 20) + 1])
  func alignment(bytes: Int) throws {
    let buffer = try #require(ck_allocate(bytes))
    #expect(Int(bitPattern: buffer) % 64 == 0)
    buffer.initializeMemory(as: UInt8.self, repeating: 0xAB, count: bytes)
    ck_release(buffer, bytes)
  }

  @Test func impossibleSizesGiveNull() {
    #expect(ck_allocate(.max) == nil)
    #expect(ck_allocate(1 << 60) == nil)
    ck_release(nil, 5)
  }

  @Test func liveBuffersNeverOverlap() throws {
    var live: [(pointer: UnsafeMutableRawPointer, bytes: Int, mark: UInt8)] = []
    for (i, size) in Samples.random(3000, in: 0...5000).enumerated() {
      if i % 3 == 2, !live.isEmpty {
        let (pointer, bytes, mark) = live.remove(at: i * 7 % live.count)
        let intact = (0..<bytes).allSatisfy { pointer.load(fromByteOffset: $0, as: UInt8.self) == mark }
        #expect(intact)
        ck_release(pointer, bytes)
      } else {
        let pointer = try #require(ck_allocate(Int(size)))
        pointer.initializeMemory(as: UInt8.self, repeating: UInt8(i % 251), count: Int(size))
        live.append((pointer, Int(size), UInt8(i % 251)))
      }
    }
    for buffer in live { ck_release(buffer.pointer, buffer.bytes) }
  }

  @Test func releasedBuffersAreReused() {
    // A size that no other test uses, so that its class is ours.
    let bytes = 777_777
    ck_release(ck_allocate(bytes), bytes)
    let before = statistics()
    for _ in 0..<100 { ck_release(ck_allocate(bytes), bytes) }
    let after = statistics()
    #expect(after.requests >= before.requests + 100)
    #expect(after.peak_bytes >= UInt64(bytes) && after.peak_bytes >= after.live_bytes)
    ck_trim()
  }

  /// Pages of this process that lie in memory, in bytes.
  private func residentBytes() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    _ = fgets(&line, 128, file)
    let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
      separator: " ")
    return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
  }

  @Test("trimming gives the pages back to the system, and buffers above the limit are never kept")
  func trim() throws {
    let bytes = 200 << 20
    let buffer = try #require(ck_allocate(bytes))
    buffer.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
    ck_release(buffer, bytes)
    let kept = try residentBytes()
    #expect(statistics().cached_bytes >= bytes)
    ck_trim()
    #expect(try residentBytes() < kept - bytes / 2)

    ck_set_cache_limit(1 << 20)
    ck_release(ck_allocate(bytes), bytes)
    #expect(statistics().cached_bytes <= 1 << 20)
    ck_set_cache_limit(1 << 30)
  }
}
