import Apus
import Glibc
import IO_HDF5

/// What a user calls a model: a file, or a name of the zoo.
enum ModelSource {
  static func file(_ name: String, seed: UInt64) throws(CoreError) -> KerasFile {
    let isZoo = Zoo.models.contains { $0.name == name }
    if isZoo, access(name, F_OK) != 0 { return KerasFile(model: try Zoo.model(named: name).model(seed: seed)) }
    if access(name, F_OK) != 0, !name.contains("/"), !name.contains(".") {
      let names = Zoo.models.map(\.name).joined(separator: ", ")
      throw CoreError(.missingFile, "found neither a file \"\(name)\" nor a zoo model of that name (\(names))")
    }
    return try KerasFile(contentsOf: name)
  }
}
