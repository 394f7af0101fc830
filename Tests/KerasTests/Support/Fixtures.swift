import Data
import Foundation
import IO_HDF5
import TensorCore

/// The files of `Tests/Fixtures`, found from where this file was compiled.
enum Fixtures {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

  static func path(_ name: String) -> String { root.appending(path: name).path(percentEncoded: false) }

  /// The file's text: `"keras3/summary/tiny_sgd.txt"`.
  static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

  static func json(_ name: String) throws -> JSON { try JSON(parsing: try text(name)) }

  /// A JSON file that holds a list of objects.
  static func records(_ name: String) throws -> [JSONObject] {
    let records = try json(name).arrayValue ?? []
    guard !records.isEmpty else { throw CoreError(.invalidFile, "found no records", path: [name]) }
    return try records.map { record in
      guard let object = record.objectValue else {
        throw CoreError(.invalidFile, "found a record that is no object", path: [name])
      }
      return object
    }
  }

  static func arrays(_ name: String) throws -> [String: Tensor] { try NPZ.read(path(name)) }

  static func archive(_ name: String) throws -> HDF5Archive { try HDF5Archive(opening: path(name)) }
}

extension JSONObject {
  /// A member that the fixture must have.
  func string(_ key: String) throws -> String {
    guard let value = self[key]?.stringValue else {
      throw CoreError(.invalidFile, "found no string \"\(key)\" in a fixture's record")
    }
    return value
  }
}

extension [String: Tensor] {
  /// An array that the fixture must have.
  func array(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else {
      throw CoreError(.invalidFile, "found no array \"\(name)\", expected it among \(keys.sorted())")
    }
    return tensor
  }

  /// `name`, or `name_0`, `name_1`, … where there are several.
  func pieces(_ name: String) -> [Tensor] {
    if let tensor = self[name] { return [tensor] }
    return numbered(name)
  }

  /// `name_0`, `name_1`, … up to the first that is missing.
  func numbered(_ name: String, suffix: String = "") -> [Tensor] {
    var tensors: [Tensor] = []
    while let tensor = self["\(name)_\(tensors.count)\(suffix)"] { tensors.append(tensor) }
    return tensors
  }
}
