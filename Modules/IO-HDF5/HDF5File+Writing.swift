internal import CHDF5
internal import TensorCore

// What h5py writes for Keras, so that Keras 2 and 3 both read it.

extension HDF5File {
  /// What an attribute may take in bytes: an object header message is limited to 64 KB. (Keras splits longer lists.)
  static let attributeByteLimit = 64512

  func makeGroup(_ path: String) throws(CoreError) {
    try HDF5Library.locked { () throws(CoreError) in try makeGroups(HDF5File.parts(path)) }
  }

  func write(_ tensor: Tensor, at path: String) throws(CoreError) {
    try HDF5Library.locked { () throws(CoreError) in
      let parts = HDF5File.parts(path)
      let path = parts.joined(separator: "/")
      guard try findKind(path) == nil else { throw error(.cannotWrite, "this name is taken", path) }
      try makeGroups(Array(parts.dropLast()))
      let isBFloat16 = tensor.dtype == .bfloat16
      guard let type = isBFloat16 ? HDF5Type.opaqueType() : HDF5Type.storedType(tensor.dtype),
        let space = makeSpace(tensor.shape.array),
        let creation = HDF5Handle(H5Pcreate(hdf5_class_dataset_create()), closedBy: H5Pclose),
        // No times: the same model gives the same bytes.
        H5Pset_obj_track_times(creation.id, false) >= 0,
        let dataset = HDF5Handle(
          H5Dcreate2(id, path, type.id, space.id, hdf5_default(), creation.id, hdf5_default()), closedBy: H5Dclose)
      else { throw failure("cannot be made", path) }
      if tensor.elementCount > 0 {
        let status = tensor.withBytes {
          H5Dwrite(dataset.id, type.id, hdf5_whole(), hdf5_whole(), hdf5_default(), $0.baseAddress)
        }
        guard status >= 0 else { throw failure("cannot be written", path) }
      }
      if isBFloat16 { try writeString("bfloat16", "dtype", dataset.id, path) }
    }
  }

  func setAttribute(_ name: String, at path: String, _ value: ArchiveValue) throws(CoreError) {
    try HDF5Library.locked { () throws(CoreError) in
      let object = try openObject(path)
      if H5Aexists(object.id, name) > 0 {
        guard H5Adelete(object.id, name) >= 0 else { throw failure("cannot be replaced", path, name) }
      }
      switch value {
      case .string(let string): try writeString(string, name, object.id, path)
      case .strings(let strings) where strings.isEmpty: try writeNumbers([], [0], name, object.id, path)
      case .strings(let strings): try writeStrings(strings, name, object.id, path)
      case .number(let number): try writeNumbers([number], [], name, object.id, path)
      case .numbers(let numbers): try writeNumbers(numbers, [numbers.count], name, object.id, path)
      case .integer(let integer):
        var value = Int64(integer)
        try writeAttribute(name, hdf5_int64(), [], &value, object.id, path)
      }
    }
  }

  // MARK: Under the lock

  private func makeGroups(_ parts: [String]) throws(CoreError) {
    for end in 0..<parts.count {
      let prefix = parts[...end].joined(separator: "/")
      switch try findKind(prefix) {
      case .group: continue
      case .dataset: throw error(.cannotWrite, "found an array where a group was to be made", prefix)
      case nil:
        let made = HDF5Handle(
          H5Gcreate2(id, prefix, hdf5_default(), hdf5_default(), hdf5_default()), closedBy: H5Gclose)
        guard made != nil else { throw failure("cannot be made", prefix) }
      }
    }
  }

  private func makeSpace(_ dimensions: [Int]) -> HDF5Handle? {
    if dimensions.isEmpty { return HDF5Handle(H5Screate(H5S_SCALAR), closedBy: H5Sclose) }
    return HDF5Handle(
      H5Screate_simple(Int32(dimensions.count), dimensions.map { hsize_t($0) }, nil), closedBy: H5Sclose)
  }

  /// A scalar string of variable length: the object header holds its address only, so it may be of any length.
  private func writeString(_ string: String, _ name: String, _ object: hid_t, _ path: String) throws(CoreError) {
    try refuseZero([string], name, path)
    guard let type = HDF5Handle(H5Tcopy(hdf5_c_string()), closedBy: H5Tclose),
      H5Tset_size(type.id, hdf5_variable_length()) >= 0, H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0
    else { throw failure("has no type", path, name) }
    var failure: CoreError?
    string.withCString { characters in
      var pointer: UnsafePointer<CChar>? = characters
      do throws(CoreError) {
        try writeAttribute(name, type.id, [], &pointer, object, path)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Strings of one length, the longest one's, padded with zeros, as NumPy has them.
  private func writeStrings(_ strings: [String], _ name: String, _ object: hid_t, _ path: String) throws(CoreError) {
    try refuseZero(strings, name, path)
    let width = max(1, strings.map(\.utf8.count).max() ?? 0)
    guard width * strings.count <= HDF5File.attributeByteLimit else {
      throw error(
        .cannotWrite,
        "found \(strings.count) strings of up to \(width) bytes, expected \(HDF5File.attributeByteLimit) bytes at most;"
          + " split the list", HDF5File.trimmed(path), attribute: name)
    }
    var bytes = [UInt8](repeating: 0, count: width * strings.count)
    for (index, string) in strings.enumerated() {
      for (offset, byte) in string.utf8.enumerated() { bytes[index * width + offset] = byte }
    }
    let isASCII = strings.allSatisfy { $0.utf8.allSatisfy { $0 < 128 } }
    guard let type = HDF5Handle(H5Tcopy(hdf5_c_string()), closedBy: H5Tclose), H5Tset_size(type.id, width) >= 0,
      H5Tset_strpad(type.id, H5T_STR_NULLPAD) >= 0, isASCII || H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0
    else { throw failure("has no type", path, name) }
    try writeAttribute(name, type.id, [strings.count], &bytes, object, path)
  }

  private func writeNumbers(
    _ numbers: [Double], _ dimensions: [Int], _ name: String, _ object: hid_t, _ path: String
  ) throws(CoreError) {
    guard numbers.count * 8 <= HDF5File.attributeByteLimit else {
      throw error(
        .cannotWrite, "found \(numbers.count) numbers, expected \(HDF5File.attributeByteLimit / 8) at most",
        HDF5File.trimmed(path), attribute: name)
    }
    var numbers = numbers
    try writeAttribute(name, hdf5_float64(), dimensions, &numbers, object, path)
  }

  private func writeAttribute(
    _ name: String, _ type: hid_t, _ dimensions: [Int], _ values: UnsafeRawPointer, _ object: hid_t, _ path: String
  ) throws(CoreError) {
    guard let space = makeSpace(dimensions),
      let attribute = HDF5Handle(
        H5Acreate2(object, name, type, space.id, hdf5_default(), hdf5_default()), closedBy: H5Aclose),
      dimensions == [0] || H5Awrite(attribute.id, type, values) >= 0
    else { throw failure("cannot be written", path, name) }
  }

  /// A zero byte would end the string for every reader.
  private func refuseZero(_ strings: [String], _ name: String, _ path: String) throws(CoreError) {
    guard !strings.contains(where: { $0.utf8.contains(0) }) else {
      throw error(
        .cannotWrite, "found a string with a zero byte, expected none", HDF5File.trimmed(path), attribute: name)
    }
  }

  private func failure(_ message: String, _ path: String, _ attribute: String? = nil) -> CoreError {
    error(
      .cannotWrite, "\(message) (\(HDF5Library.lastError()))", HDF5File.trimmed(path), attribute: attribute)
  }
}
