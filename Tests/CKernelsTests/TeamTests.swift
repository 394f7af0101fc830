import CKernels
import Synchronization
import Testing

/// What a region's body needs to see: how often each item was visited.
private final class Visits: Sendable {
  let marks: [Atomic1]
  let nested: Bool
  init(_ count: Int, nested: Bool = false) {
    marks = (0..<count).map { _ in Atomic1() }
    self.nested = nested
  }
  final class Atomic1: Sendable {
    let value = Atomic<Int>(0)
  }
}

private let visit: ck_range_body = { context, begin, end in
  guard let context else { return }
  let visits = Unmanaged<Visits>.fromOpaque(context).takeUnretainedValue()
  if visits.nested {
    // A region inside a region runs in its caller.
    ck_parallel(end - begin, 1, 4, { _, _, _ in }, nil)
  }
  for i in begin..<end { visits.marks[i].value.add(1, ordering: .relaxed) }
}

@Suite struct TeamTests {
  private func run(_ visits: Visits, grain: Int, threads: Int32) {
    let context = Unmanaged.passUnretained(visits).toOpaque()
    withExtendedLifetime(visits) { ck_parallel(visits.marks.count, grain, threads, visit, context) }
  }

  @Test("every item is visited once", arguments: [0, 1, 2, 7, 64, 1000], [1, 2, 4, 8] as [Int32])
  func coverage(count: Int, threads: Int32) {
    for grain in [0, 1, 3, 100] {
      let visits = Visits(count, nested: grain == 3)
      run(visits, grain: grain, threads: threads)
      #expect(visits.marks.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
    }
  }

  @Test func manyRegionsBackToBack() {
    let visits = Visits(64)
    for _ in 0..<20_000 { run(visits, grain: 4, threads: 3) }
    #expect(visits.marks.allSatisfy { $0.value.load(ordering: .relaxed) == 20_000 })
  }

  @Test func callersFromManyThreadsAtOnce() async {
    let visits = Visits(100)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<500 { run(visits, grain: 5, threads: 2) } }
      }
    }
    #expect(visits.marks.allSatisfy { $0.value.load(ordering: .relaxed) == 4000 })
  }

  @Test func atLeastOneCore() { #expect(ck_core_count() >= 1) }
}

@Suite(.serialized) struct PoolTests {
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
}
