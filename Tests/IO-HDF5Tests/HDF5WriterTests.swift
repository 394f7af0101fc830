import Foundation
import IO_HDF5
import TensorCore
import Testing

@Suite struct HDF5WriterTests {
  @Test func bringsBackEveryElementType() throws {
    let folder = try TemporaryFolder()
    let tensors: [(String, Tensor)] = [
      ("a/float32", Tensor([1, -2, .infinity, 0.1] as [Float], [2, 2])),
      ("a/float64", Tensor([1, -2, .pi] as [Double], [3, 1])),
      ("a/int64", Tensor([Int64.min, 0, .max])), ("b/int32", Tensor([Int32.min, 0, .max])),
      ("b/c/uint8", Tensor([0, 255] as [UInt8])), ("bool", Tensor([true, false, true])),
      ("scalar", Tensor(Int64(7))), ("empty", Tensor([] as [Float], [0, 5])),
      ("rank8", Tensor([1, 2] as [Float], [1, 1, 2, 1, 1, 1, 1, 1])),
      ("float16", half([0x3C00, 0xC000], .float16)), ("bfloat16", half([0x3F80, 0xC000, 0x4049], .bfloat16)),
    ]
    try HDF5Archive.write(to: folder["model.h5"]) { (writer) throws(CoreError) in
      for (path, tensor) in tensors { try writer.write(tensor, at: path) }
    }
    let archive = try HDF5Archive(opening: folder["model.h5"])
    for (path, tensor) in tensors {
      let read = try archive.tensor(at: path)
      #expect(read.spec == tensor.spec, "\(path)")
      #expect(read.withBytes { Array($0) } == tensor.withBytes { Array($0) }, "\(path)")
    }
    #expect(try archive.attribute("dtype", at: "bfloat16") == .string("bfloat16"))
    #expect(try archive.children(of: "a") == ["float32", "float64", "int64"])
  }

  @Test func bringsBackEveryAttribute() throws {
    let folder = try TemporaryFolder()
    let values: [(String, ArchiveValue)] = [
      ("model_config", .string(String(repeating: "é", count: 300_000))), ("backend", .string("tensorflow")),
      ("none", .string("")), ("layer_names", .strings(["dense", "dense_with_a_longer_name", "d"])),
      ("one", .strings(["x"])), ("accents", .strings(["é", "ab"])), ("blank", .strings([""])),
      ("weight_names", .strings([])), ("integer", .integer(-42)), ("number", .number(0.1)),
      ("numbers", .numbers([0.5, 1.5])),
    ]
    try HDF5Archive.write(to: folder["model.h5"]) { (writer) throws(CoreError) in
      try writer.makeGroup("group/below")
      try writer.write(Tensor(Float(1)), at: "array")
      for path in ["", "group/below", "array"] {
        for (name, value) in values { try writer.setAttribute(name, at: path, value) }
      }
      try writer.setAttribute("backend", at: "", .string("replaced"))
      #expect(try writer.attribute("integer", at: "") == .integer(-42))
    }
    let archive = try HDF5Archive(opening: folder["model.h5"])
    for path in ["group/below", "array"] {
      for (name, value) in values { #expect(try archive.attribute(name, at: path) == value, "\(name)") }
    }
    #expect(try archive.attribute("backend", at: "") == .string("replaced"))
  }

  @Test func writesTheSameBytesForTheSameContent() throws {
    func file() throws -> [UInt8] {
      try HDF5Archive.bytes(name: "model") { (writer) throws(CoreError) in
        try writer.write(Tensor([1, 2, 3] as [Float]), at: "dense/kernel:0")
        try writer.setAttribute("layer_names", at: "", .strings(["dense"]))
      }
    }
    let bytes = try file()
    #expect(try bytes == file())
    let archive = try HDF5Archive(bytes: bytes, name: "model")
    #expect(try archive.tensor(at: "dense/kernel:0").scalars(of: Float.self) == [1, 2, 3])
  }

  @Test func holdsManyGroups() throws {
    let bytes = try HDF5Archive.bytes(name: "many") { (writer) throws(CoreError) in
      for index in 0..<500 { try writer.write(Tensor([Float(index)]), at: "weights/layer_\(index)/kernel:0") }
    }
    let archive = try HDF5Archive(bytes: bytes, name: "many")
    #expect(try archive.children(of: "weights").count == 500)
    #expect(try archive.tensor(at: "weights/layer_317/kernel:0").scalar(of: Float.self) == 317)
  }

  @Test func refusesWhatAFileCannotHold() throws {
    _ = try HDF5Archive.bytes(name: "m.h5") { (writer) throws(CoreError) in
      try writer.write(Tensor(Float(1)), at: "array")
      var copy = writer
      let taken = #expect(throws: CoreError.self) { try copy.write(Tensor(Float(1)), at: "array") }
      #expect(taken?.description == "m.h5/array: this name is taken")
      let below = #expect(throws: CoreError.self) { try copy.makeGroup("array/group") }
      #expect(below?.message == "found an array where a group was to be made")
      let long = [String](repeating: String(repeating: "n", count: 100), count: 700)
      let list = #expect(throws: CoreError.self) { try copy.setAttribute("names", at: "", .strings(long)) }
      #expect(list?.message.contains("found 700 strings of up to 100 bytes, expected 64512 bytes at most") == true)
      let zero = #expect(throws: CoreError.self) { try copy.setAttribute("zero", at: "", .string("a\0b")) }
      #expect(zero?.description == "m.h5/@zero: found a string with a zero byte, expected none")
      #expect(throws: CoreError.self) { try copy.setAttribute("a", at: "absent", .integer(1)) }
    }
  }

  private func half(_ bits: [UInt16], _ dtype: DType) -> Tensor {
    var tensor = Tensor(uninitialized: TensorSpec([bits.count], dtype))
    tensor.withMutableBytes { $0.copyBytes(from: bits.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) }
    return tensor
  }
}
