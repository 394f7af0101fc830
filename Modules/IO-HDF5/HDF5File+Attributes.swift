internal import CHDF5
internal import TensorCore

extension HDF5File {
  func attribute(_ name: String, at path: String) throws(CoreError) -> ArchiveValue? {
    try HDF5Library.locked { () throws(CoreError) -> ArchiveValue? in
      let object = try openObject(path)
      return try readAttribute(name, of: object.id, path)
    }
  }

  /// The value of an attribute of an open object; nil where it has none of that name. Under the lock.
  func readAttribute(_ name: String, of object: hid_t, _ path: String) throws(CoreError) -> ArchiveValue? {
    let reader = AttributeReader(file: self, path: HDF5File.trimmed(path), name: name)
    let exists = H5Aexists(object, name)
    guard exists >= 0 else { throw reader.failure("cannot be looked up") }
    return exists == 0 ? nil : try reader.value(of: object)
  }
}

/// Reads one attribute in whichever of its encodings it was written.
private struct AttributeReader {
  let file: HDF5File
  let path: String
  let name: String

  func value(of object: hid_t) throws(CoreError) -> ArchiveValue {
    guard let attribute = HDF5Handle(H5Aopen(object, name, hdf5_default()), closedBy: H5Aclose),
      let type = HDF5Handle(H5Aget_type(attribute.id), closedBy: H5Tclose),
      let space = HDF5Handle(H5Aget_space(attribute.id), closedBy: H5Sclose)
    else { throw failure("cannot be opened") }
    let extent = H5Sget_simple_extent_type(space.id)
    // An empty list of whatever type: NumPy makes float64 of one.
    if extent == H5S_NULL { return .strings([]) }
    let count = Int(H5Sget_simple_extent_npoints(space.id))
    if count == 0 { return .strings([]) }
    guard count > 0, count <= 1 << 24 else { throw damaged("found \(count) elements") }
    let isScalar = extent == H5S_SCALAR
    switch H5Tget_class(type.id) {
    case H5T_STRING:
      let strings = try strings(attribute.id, type.id, space.id, count)
      return isScalar ? .string(strings[0]) : .strings(strings)
    case H5T_INTEGER, H5T_ENUM: return try integers(attribute.id, type.id, count, isScalar)
    case H5T_FLOAT: return try numbers(attribute.id, count, isScalar)
    default: throw damaged("found an unknown type, expected a string, strings or numbers")
    }
  }

  private func strings(_ attribute: hid_t, _ type: hid_t, _ space: hid_t, _ count: Int) throws(CoreError) -> [String] {
    let isVariable = H5Tis_variable_str(type)
    guard isVariable >= 0 else { throw failure("has no readable type") }
    return isVariable > 0
      ? try variableStrings(attribute, type, space, count) : try fixedStrings(attribute, type, count)
  }

  /// The character set in the file is not looked at: everybody writes UTF-8.
  private func variableStrings(
    _ attribute: hid_t, _ type: hid_t, _ space: hid_t, _ count: Int
  ) throws(CoreError) -> [String] {
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    guard H5Aread(attribute, type, &pointers) >= 0 else { throw failure("cannot be read") }
    let strings = pointers.map { $0.map { String(cString: $0) } ?? "" }
    _ = hdf5_reclaim(type, space, &pointers)
    return strings
  }

  private func fixedStrings(_ attribute: hid_t, _ type: hid_t, _ count: Int) throws(CoreError) -> [String] {
    let width = H5Tget_size(type)
    guard width > 0, width <= (1 << 32) / count else { throw damaged("found \(count) strings of \(width) bytes") }
    var bytes = [UInt8](repeating: 0, count: count * width)
    guard H5Aread(attribute, type, &bytes) >= 0 else { throw failure("cannot be read") }
    let isSpacePadded = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      // A name that fills its field has no terminator.
      var field = bytes[index * width..<(index + 1) * width].prefix { $0 != 0 }
      if isSpacePadded { while field.last == 0x20 { field.removeLast() } }
      return String(decoding: field, as: UTF8.self)
    }
  }

  private func integers(
    _ attribute: hid_t, _ type: hid_t, _ count: Int, _ isScalar: Bool
  ) throws(CoreError) -> ArchiveValue {
    var values = [Int64](repeating: 0, count: count)
    let isEnumeration = H5Tget_class(type) == H5T_ENUM
    if isEnumeration && H5Tget_size(type) == 1 {
      var bytes = [Int8](repeating: 0, count: count)
      guard H5Aread(attribute, type, &bytes) >= 0 else { throw failure("cannot be read") }
      values = bytes.map(Int64.init)
    } else {
      guard H5Aread(attribute, hdf5_int64(), &values) >= 0 else { throw failure("cannot be read") }
    }
    return isScalar ? .integer(Int(values[0])) : .numbers(values.map(Double.init))
  }

  private func numbers(_ attribute: hid_t, _ count: Int, _ isScalar: Bool) throws(CoreError) -> ArchiveValue {
    var values = [Double](repeating: 0, count: count)
    guard H5Aread(attribute, hdf5_float64(), &values) >= 0 else { throw failure("cannot be read") }
    return isScalar ? .number(values[0]) : .numbers(values)
  }

  func failure(_ message: String) -> CoreError {
    file.error(.invalidFile, "\(message) (\(HDF5Library.lastError()))", path, attribute: name)
  }

  private func damaged(_ message: String) -> CoreError { file.error(.invalidFile, message, path, attribute: name) }
}
