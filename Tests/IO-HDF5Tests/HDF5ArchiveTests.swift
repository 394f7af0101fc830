import IO_HDF5
import TensorCore
import Testing

/// Values of files that h5py wrote, with the oldest and the newest file structures.
@Suite struct HDF5ArchiveTests {
  static let versions = ["earliest.h5", "latest.h5"]
  let count = (0..<24).map(Double.init)

  @Test(arguments: versions) func readsEveryElementType(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    let kinds: [(String, DType)] = [
      ("float32", .float32), ("float64", .float64), ("int64", .int64), ("int32", .int32), ("uint8", .uint8),
      ("int8", .int32), ("int16", .int32), ("uint16", .int32), ("uint32", .int64), ("big_float32", .float32),
      ("big_int64", .int64),
    ]
    for (name, dtype) in kinds {
      #expect(try archive.spec(of: "types/\(name)") == TensorSpec([2, 3, 4], dtype))
      let tensor = try archive.tensor(at: "types/\(name)")
      #expect(tensor.spec == TensorSpec([2, 3, 4], dtype))
      #expect(numbers(tensor) == count, "\(name)")
    }
    #expect(try archive.tensor(at: "types/negative8").scalars(of: Int32.self) == [-128, -1, 127])
    #expect(try archive.tensor(at: "types/uint64").scalars(of: Int64.self) == [0, 1, .max])
    #expect(try archive.tensor(at: "types/bool").scalars(of: Bool.self) == [true, false, true])
  }

  @Test(arguments: versions) func readsHalfPrecision(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    #expect(try archive.spec(of: "types/float16") == TensorSpec([2, 3, 4], .float16))
    // 1, -2, 0.5 and the largest float16.
    #expect(bits(try archive.tensor(at: "types/big_float16")) == [0x3C00, 0xC000, 0x3800, 0x7BFF])
    let bfloat16 = try archive.tensor(at: "types/bfloat16")
    #expect(bfloat16.spec == TensorSpec([4], .bfloat16))
    #expect(bits(bfloat16) == [0x3F80, 0xC000, 0x4049, 0x7F80])
  }

  @Test(arguments: versions) func readsEveryLayout(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    let large = (0..<6000).map(Float.init)
    for name in ["gzip", "chunked", "checked"] {
      let tensor = try archive.tensor(at: "layouts/\(name)")
      #expect(tensor.shape == [60, 100])
      #expect(tensor.scalars(of: Float.self) == large, "\(name)")
    }
    #expect(try archive.tensor(at: "layouts/unwritten").scalars(of: Float.self) == [0, 0, 0, 0, 0, 0])
    #expect(try archive.tensor(at: "layouts/filled").scalars(of: Float.self) == [1.5, 1.5, 1.5, 1.5, 1.5, 1.5])
    let scalar = try archive.tensor(at: "layouts/scalar")
    #expect(scalar.shape == [] && scalar.scalar(of: Int64.self) == 7)
    #expect(try archive.tensor(at: "layouts/empty").spec == TensorSpec([0, 5], .float32))
  }

  @Test(arguments: versions) func readsEveryEncodingOfAttributes(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    let expected: [(String, ArchiveValue)] = [
      ("variable_utf8", .string("héllo")), ("variable_ascii", .string("hello")), ("fixed", .string("hello")),
      ("empty_string", .string("")), ("long", .string(String(repeating: "x", count: 200_000))),
      ("terminated", .string("dense")), ("space_padded", .string("dense")),
      ("variable_list", .strings(["a", "bcd", ""])), ("fixed_list", .strings(["a", "bcd", "efg"])),
      ("one_fixed", .strings(["{}"])), ("one_variable", .strings(["{}"])), ("no_names", .strings([])),
      ("no_integers", .strings([])), ("null", .strings([])), ("integer", .integer(42)), ("integer8", .integer(-3)),
      ("big_integer", .integer(513)), ("true", .integer(1)), ("number", .number(0.25)), ("number32", .number(0.5)),
      ("integers", .numbers([1, 2, 3])), ("numbers", .numbers([0.5, 1.5])),
    ]
    for (name, value) in expected {
      #expect(try archive.attribute(name, at: "attributes") == value, "\(name)")
    }
    #expect(try archive.attribute("absent", at: "attributes") == nil)
    #expect(try archive.attribute("absent", at: "") == nil)
    let error = try failure { _ = try archive.attribute("compound", at: "attributes") }
    #expect(error.description.contains("\(version)/attributes/@compound: found an unknown type"))
  }

  @Test(arguments: versions) func findsWhatIsThere(_ version: String) throws {
    let archive = try HDF5Archive(opening: fixture(version))
    #expect(
      try archive.children(of: "") == ["attributes", "layouts", "links", "named_type", "scope", "types"])
    #expect(try archive.children(of: "/scope/") == ["inner"])
    #expect(try archive.isGroup("") && archive.isGroup("scope/inner"))
    #expect(try archive.exists("scope/inner/kernel:0") && !archive.isGroup("scope/inner/kernel:0"))
    #expect(try !archive.exists("scope/inner/bias:0") && !archive.exists("nowhere/at/all"))
    // Nothing is below an array.
    #expect(try !archive.exists("scope/inner/kernel:0/more"))
    #expect(try archive.tensor(at: "scope/inner/kernel:0").scalars(of: Float.self) == [1, 2])
    #expect(try archive.tensor(at: "links/hard").scalars(of: Float.self) == [1, 2])
  }

  @Test func readsBehindAUserBlock() throws {
    let archive = try HDF5Archive(opening: fixture("userblock.h5"))
    #expect(try archive.tensor(at: "kernel").scalars(of: Float.self) == [0, 1, 2])
  }

  @Test func readsFromManyTasksAtOnce() async throws {
    let archive = try HDF5Archive(opening: fixture("earliest.h5"))
    let large = (0..<6000).map(Float.init)
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          let own = try HDF5Archive(opening: fixture("earliest.h5"))
          for round in 0..<50 {
            let source = round % 2 == 0 ? own : archive
            #expect(try source.tensor(at: "layouts/gzip").scalars(of: Float.self) == large)
            #expect(try source.attribute("variable_utf8", at: "attributes") == .string("héllo"))
            #expect(throws: CoreError.self) { try source.tensor(at: "absent") }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// The elements as numbers, whatever their type is.
func numbers(_ tensor: Tensor) -> [Double] {
  switch tensor.dtype {
  case .float32: tensor.scalars(of: Float.self).map(Double.init)
  case .float64: tensor.scalars(of: Double.self)
  case .int64: tensor.scalars(of: Int64.self).map(Double.init)
  case .int32: tensor.scalars(of: Int32.self).map(Double.init)
  case .uint8: tensor.scalars(of: UInt8.self).map(Double.init)
  case .bool: tensor.scalars(of: Bool.self).map { $0 ? 1 : 0 }
  case .float16, .bfloat16: []
  }
}

/// The bits of two-byte elements.
func bits(_ tensor: Tensor) -> [UInt16] {
  tensor.withBytes { bytes in
    (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
  }
}
