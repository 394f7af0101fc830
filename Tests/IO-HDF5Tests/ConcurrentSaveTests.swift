import IO_HDF5
import TensorCore
import Testing

import func Glibc.remove

@Suite struct ConcurrentSaveTests {
  @Test func savesToOnePathAtOnceLeaveOneOfThemWhole() async throws {
    let path = "/tmp/apus-concurrent-\(UInt64.random(in: 0 ... .max)).h5"
    defer { remove(path) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          try HDF5Archive.write(to: path) { (writer) throws(CoreError) in
            try writer.write(Tensor.full([1000], Double(number)), at: "values")
          }
        }
      }
      try await group.waitForAll()
    }
    let values = try HDF5Archive(opening: path).tensor(at: "values").scalars(of: Float.self)
    #expect(values.count == 1000)
    #expect(Set(values).count == 1)
  }
}
