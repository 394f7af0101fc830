import CKernels
import Glibc
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

/// A team of its own: new threads for every region.
private let startThreads: ck_parallel_runner = { member, argument, threads in
  guard let member else { return }
  regionsOnRunner.add(1, ordering: .relaxed)
  let work = Work(member: member, argument: argument)
  withUnsafePointer(to: work) { work in
    var started: [pthread_t] = []
    for _ in 1..<max(threads, 2) {
      var thread = pthread_t()
      let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        if let work = raw?.assumingMemoryBound(to: Work.self).pointee { work.member(work.argument) }
        return nil
      }
      if pthread_create(&thread, nil, entry, UnsafeMutableRawPointer(mutating: work)) == 0 { started.append(thread) }
    }
    member(argument)
    for thread in started { pthread_join(thread, nil) }
  }
}

private struct Work {
  let member: @convention(c) (UnsafeMutableRawPointer?) -> Void
  let argument: UnsafeMutableRawPointer?
}

private let regionsOnRunner = Atomic<Int>(0)

@Suite(.serialized) struct TeamTests {
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

  @Test("a thread with a limit of one takes every region whole, until the limit is lifted")
  func limit() {
    let before = ck_limit_threads(1)
    var count = 0
    ck_parallel(64, 1, 4, { context, _, _ in context!.assumingMemoryBound(to: Int.self).pointee += 1 }, &count)
    #expect(ck_limit_threads(before) == 1)
    #expect(count == 1)
    #expect(ck_limit_threads(before) == before)
  }

  @Test func atLeastOneCore() { #expect(ck_core_count() >= 1) }

  @Test("another team takes the regions over while callers compute, and gives them back")
  func runner() async {
    let visits = Visits(100, nested: true)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<300 { run(visits, grain: 3, threads: 3) } }
      }
      group.addTask {
        for _ in 0..<50 {
          ck_set_parallel_runner(startThreads)
          await Task.yield()
          ck_set_parallel_runner(nil)
        }
      }
    }
    #expect(visits.marks.allSatisfy { $0.value.load(ordering: .relaxed) == 1200 })

    ck_set_parallel_runner(startThreads)
    let before = regionsOnRunner.load(ordering: .relaxed)
    run(visits, grain: 1, threads: 1)
    // Another suite may own the team at any moment, and the region then runs in its caller.
    for _ in 0..<10_000 where regionsOnRunner.load(ordering: .relaxed) == before { run(visits, grain: 1, threads: 2) }
    ck_set_parallel_runner(nil)
    #expect(regionsOnRunner.load(ordering: .relaxed) > before)
  }

  @Test("a runner that never brings a second thread still does everything")
  func lonelyRunner() {
    let visits = Visits(64)
    ck_set_parallel_runner { member, argument, _ in member?(argument) }
    defer { ck_set_parallel_runner(nil) }
    for _ in 0..<100 { run(visits, grain: 1, threads: 8) }
    #expect(visits.marks.allSatisfy { $0.value.load(ordering: .relaxed) == 100 })
  }

  @Test("the calling threads' floating-point results are those of one thread, however many call at once")
  func concurrentProducts() async {
    let (m, n, k) = (97, 129, 200)
    let a = Samples.randomFloats(m * k, in: -1...1), b = Samples.randomFloats(k * n, in: -1...1)
    let product = { @Sendable (threads: Int32) in
      output(m * n, of: Float(0)) { ck_gemm_f32(0, 0, m, n, k, a, k, b, n, 0, $0, n, threads) }
    }
    let expected = product(1).map(\.bitPattern)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask { (0..<20).allSatisfy { _ in product(4).map(\.bitPattern) == expected } }
      }
      for await same in group { #expect(same) }
    }
  }
}
