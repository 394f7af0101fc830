import Data
import Foundation
import TensorCore
import Testing

/// Files that NumPy wrote, and ours, byte for byte as NumPy writes them.
@Suite struct NumPyTests {
  @Test(arguments: ["stored.npz", "deflated.npz"]) func readsWhatNumPyWrote(_ name: String) throws {
    let arrays = try NPZ.read(fixture(name))
    let count = (0..<24).map(Double.init)
    let dtypes: [String: DType] = [
      "float32": .float32, "float64": .float64, "int64": .int64, "int32": .int32, "uint8": .uint8, "int8": .int32,
      "int16": .int32, "uint16": .int32, "uint32": .int64, "uint64": .int64, "big_float32": .float32,
      "big_int16": .int32, "fortran": .float32, "fortran_big": .float64,
    ]
    for (name, dtype) in dtypes {
      let tensor = try #require(arrays[name])
      #expect(tensor.spec == TensorSpec([2, 3, 4], dtype), "\(name)")
      #expect(tensor.cast(to: .float64).scalars(of: Double.self) == count, "\(name)")
    }
    #expect(arrays["bool"]?.scalars(of: Bool.self) == (0..<24).map { $0 % 2 == 1 })
    #expect(arrays["float16"]?.cast(to: .float32).scalars(of: Float.self) == [1, -2, 0.5, 65504])
    #expect(arrays["scalar"]?.shape == [] && arrays["scalar"]?.scalar(of: Float.self) == 7)
    #expect(arrays["empty"]?.spec == TensorSpec([0, 5], .float32))
    #expect(arrays.count == dtypes.count + 5)
    #expect(try NPZ.read(fixture(name), "vector").scalars(of: Int64.self) == [1, 2, 3])
  }

  @Test(arguments: 1...3) func readsEveryVersion(_ version: Int) throws {
    let tensor = try NPY.read(fixture("version\(version).npy"), rank: 3)
    #expect(tensor.spec == TensorSpec([2, 3, 4], .float32))
    #expect(tensor.scalars(of: Float.self) == (0..<24).map(Float.init))
  }

  @Test func writesTheBytesThatNumPyWrites() throws {
    let bytes = try NPY.encode(Tensor((0..<24).map(Float.init), [2, 3, 4]))
    #expect(try bytes == FileBytes.read(fixture("version1.npy")))
  }

  @Test func bringsBackWhatItWrote() throws {
    let folder = try TemporaryFolder()
    let arrays: [String: Tensor] = [
      "float32": Tensor([1, -2, .infinity] as [Float]), "float64": Tensor([.pi] as [Double], [1, 1]),
      "int64": Tensor([Int64.min, .max]), "int32": Tensor(Int32(-5)), "uint8": Tensor([0, 255] as [UInt8]),
      "bool": Tensor([true, false]), "empty": Tensor([] as [Float], [3, 0]),
      "half": Tensor([1, -2] as [Float]).cast(to: .float16),
    ]
    try NPZ.write(arrays, to: folder["a.npz"])
    let read = try NPZ.read(folder["a.npz"])
    #expect(read.count == arrays.count)
    for (name, tensor) in arrays {
      try NPY.write(tensor, to: folder["a.npy"])
      for copy in [try NPY.read(folder["a.npy"]), try #require(read[name])] {
        #expect(copy.spec == tensor.spec, "\(name)")
        #expect(copy.withBytes { Array($0) } == tensor.withBytes { Array($0) }, "\(name)")
      }
    }
    #expect(folder.files == ["a.npy", "a.npz"])
  }

  @Test func refusesAWrongRankAndOtherElements() throws {
    let error = try failure { _ = try NPY.read(fixture("version1.npy"), rank: 4) }
    #expect(error.code == .shapeMismatch && error.path == [fixture("version1.npy")])
    #expect(error.message == "found shape [2, 3, 4] of 3 dimensions, expected 4")
    #expect(try failure { _ = try NPY.read(fixture("complex.npy")) }.message.contains("found elements of type '<c16'"))
    #expect(try failure { _ = try NPY.read(fixture("text.npy")) }.message.contains("found elements of type '<U1'"))
    #expect(throws: CoreError.self) { try NPY.encode(Tensor(uninitialized: TensorSpec([1], .bfloat16))) }
  }

  @Test func refusesTruncatedFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["version1.npy", "version3.npy"] {
      let whole = try FileBytes.read(fixture(name))
      for part in 0..<20 {
        let path = try folder.write(Array(whole.prefix(part * (whole.count - 1) / 19)), "cut.npy")
        let error = try failure { _ = try NPY.read(path) }
        #expect(error.code == .invalidFile && error.path.first == path)
      }
    }
    let whole = try FileBytes.read(fixture("deflated.npz"))
    for part in 0..<20 {
      let path = try folder.write(Array(whole.prefix(part * (whole.count - 1) / 19)), "cut.npz")
      #expect(throws: CoreError.self) { try NPZ.read(path) }
    }
  }

  @Test func saysWhatAnArchiveLacks() throws {
    let error = try failure { _ = try NPZ.read(fixture("stored.npz"), "weights") }
    #expect(error.message.contains("'float32.npy'") && error.message.hasSuffix("expected a member 'weights.npy'"))
    #expect(try failure { _ = try NPZ.read("/nowhere/a.npz") }.code == .missingFile)
    #expect(try failure { _ = try NPY.read("/nowhere/a.npy") }.code == .missingFile)
    #expect(try failure { _ = try NPZ.read(fixture("version1.npy")) }.code == .invalidFile)
  }
}
