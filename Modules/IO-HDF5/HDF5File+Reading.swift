internal import CHDF5
internal import TensorCore

// Groups, links and datasets. The functions named `open...` and `find...` are to be called under the lock.

extension HDF5File {
  enum Kind { case group, dataset }

  func children(of path: String) throws(CoreError) -> [String] {
    try HDF5Library.locked { () throws(CoreError) -> [String] in
      let group = try openObject(path)
      guard H5Iget_type(group.id) == H5I_GROUP else {
        throw error(.invalidFile, "found an array, expected a group", HDF5File.trimmed(path))
      }
      return try names(in: group.id, path)
    }
  }

  /// nil where there is nothing at this path.
  func kind(of path: String) throws(CoreError) -> Kind? {
    try HDF5Library.locked { () throws(CoreError) -> Kind? in try findKind(path) }
  }

  func spec(of path: String) throws(CoreError) -> TensorSpec {
    try HDF5Library.locked { () throws(CoreError) -> TensorSpec in
      let dataset = try openDataset(path)
      return TensorSpec(try readShape(dataset.id, path), try readType(dataset.id, path).dtype)
    }
  }

  func tensor(at path: String) throws(CoreError) -> Tensor {
    try HDF5Library.locked { () throws(CoreError) -> Tensor in
      let dataset = try openDataset(path)
      let type = try readType(dataset.id, path)
      let spec = TensorSpec(try readShape(dataset.id, path), type.dtype)
      try checkPlace(dataset.id, spec, path)
      var tensor = Tensor(uninitialized: spec)
      guard spec.elementCount > 0 else { return tensor }
      guard let stored = HDF5Handle(H5Dget_type(dataset.id), closedBy: H5Tclose),
        let memory = type.memoryType(stored.id),
        tensor.withMutableBytes({
          H5Dread(dataset.id, memory.id, hdf5_whole(), hdf5_whole(), hdf5_default(), $0.baseAddress)
        }) >= 0
      else {
        throw error(.invalidFile, "its values cannot be read (\(HDF5Library.lastError()))", HDF5File.trimmed(path))
      }
      try checkValues(&tensor, type, path)
      return tensor
    }
  }

  // MARK: Finding

  /// What is at `path`, nil where there is nothing. Refuses links that lead elsewhere.
  func findKind(_ path: String) throws(CoreError) -> Kind? {
    var prefix = ""
    let parts = HDF5File.parts(path)
    for (index, part) in parts.enumerated() {
      prefix += (index == 0 ? "" : "/") + part
      let exists = H5Lexists(id, prefix, hdf5_default())
      guard exists >= 0 else {
        throw error(.invalidFile, "cannot be looked up (\(HDF5Library.lastError()))", prefix)
      }
      if exists == 0 { return nil }
      try refuseLink(prefix)
      if index < parts.count - 1 {
        // Below a dataset there is nothing.
        guard try findObjectKind(prefix) == .group else { return nil }
      }
    }
    return parts.isEmpty ? .group : try findObjectKind(prefix)
  }

  private func refuseLink(_ path: String) throws(CoreError) {
    switch hdf5_link_kind(id, path) {
    case Int32(hdf5_link_hard): return
    case Int32(hdf5_link_soft):
      throw error(.invalidFile, "found a soft link, expected an object; soft links are not followed", path)
    case Int32(hdf5_link_external):
      throw error(
        .invalidFile, "found a link into another file, expected an object; such links are not followed", path)
    default:
      throw error(.invalidFile, "found a link of an unknown kind, expected an object", path)
    }
  }

  private func findObjectKind(_ path: String) throws(CoreError) -> Kind {
    guard let object = HDF5Handle(H5Oopen(id, path, hdf5_default()), closedBy: H5Oclose) else {
      throw error(.invalidFile, "cannot be opened (\(HDF5Library.lastError()))", path)
    }
    switch H5Iget_type(object.id) {
    case H5I_GROUP: return .group
    case H5I_DATASET: return .dataset
    default: throw error(.invalidFile, "found a named type, expected a group or an array", path)
    }
  }

  func openObject(_ path: String) throws(CoreError) -> HDF5Handle {
    let path = HDF5File.trimmed(path)
    guard try findKind(path) != nil else { throw try missing(path) }
    guard let object = HDF5Handle(H5Oopen(id, path.isEmpty ? "/" : path, hdf5_default()), closedBy: H5Oclose) else {
      throw error(.invalidFile, "cannot be opened (\(HDF5Library.lastError()))", path)
    }
    return object
  }

  private func openDataset(_ path: String) throws(CoreError) -> HDF5Handle {
    let object = try openObject(path)
    guard H5Iget_type(object.id) == H5I_DATASET else {
      throw error(.invalidFile, "found a group, expected an array", HDF5File.trimmed(path))
    }
    return object
  }

  private func names(in group: hid_t, _ path: String) throws(CoreError) -> [String] {
    var names: [String] = []
    let status = withUnsafeMutablePointer(to: &names) { list in
      hdf5_each_link(group, list) { context, name in
        guard let context, let name else { return }
        context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
      }
    }
    guard status >= 0 else {
      throw error(.invalidFile, "its names cannot be listed (\(HDF5Library.lastError()))", HDF5File.trimmed(path))
    }
    return names
  }

  /// The error for a path with nothing at it: says what there is in the innermost group that exists.
  private func missing(_ path: String) throws(CoreError) -> CoreError {
    var parts = HDF5File.parts(path)
    while !parts.isEmpty {
      parts.removeLast()
      let parent = parts.joined(separator: "/")
      guard try findKind(parent) == .group else { continue }
      let group = try openObject(parent)
      let names = try names(in: group.id, parent)
      let shown = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 12 ? " ..." : "")
      let place = parent.isEmpty ? "the file" : "'\(parent)'"
      return error(
        .invalidFile, "there is nothing at this path; \(place) holds \(names.isEmpty ? "nothing" : shown)", path)
    }
    return error(.invalidFile, "there is nothing at this path", path)
  }

  // MARK: Datasets

  private func readType(_ dataset: hid_t, _ path: String) throws(CoreError) -> HDF5Type {
    guard let stored = HDF5Handle(H5Dget_type(dataset), closedBy: H5Tclose) else {
      throw error(.invalidFile, "has no type (\(HDF5Library.lastError()))", HDF5File.trimmed(path))
    }
    var isMarked = false
    if H5Tget_class(stored.id) == H5T_OPAQUE {
      isMarked = try readAttribute("dtype", of: dataset, path) == .string("bfloat16")
    }
    switch HDF5Type.of(stored.id, isMarkedBFloat16: isMarked) {
    case .success(let type): return type
    case .failure(let unsupported):
      let known = DType.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(.invalidFile, "found \(unsupported.name), expected one of \(known)", HDF5File.trimmed(path))
    }
  }

  private func readShape(_ dataset: hid_t, _ path: String) throws(CoreError) -> Shape {
    let trimmed = HDF5File.trimmed(path)
    guard let space = HDF5Handle(H5Dget_space(dataset), closedBy: H5Sclose) else {
      throw error(.invalidFile, "has no shape (\(HDF5Library.lastError()))", trimmed)
    }
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else {
      throw error(.invalidFile, "found an array without values (a null dataspace), expected values", trimmed)
    }
    let rank = Int(H5Sget_simple_extent_ndims(space.id))
    guard rank >= 0 else { throw error(.invalidFile, "has no shape (\(HDF5Library.lastError()))", trimmed) }
    var dimensions = [hsize_t](repeating: 0, count: rank)
    guard rank == 0 || H5Sget_simple_extent_dims(space.id, &dimensions, nil) >= 0 else {
      throw error(.invalidFile, "has no shape (\(HDF5Library.lastError()))", trimmed)
    }
    do throws(CoreError) {
      return try Shape(validating: dimensions.map { Int(clamping: $0) })
    } catch {
      throw self.error(.invalidFile, error.message, trimmed)
    }
  }

  /// Refuses, before memory is asked for, what this file cannot hold, and values that lie in other files.
  private func checkPlace(_ dataset: hid_t, _ spec: TensorSpec, _ path: String) throws(CoreError) {
    let trimmed = HDF5File.trimmed(path)
    guard let creation = HDF5Handle(H5Dget_create_plist(dataset), closedBy: H5Pclose) else {
      throw error(.invalidFile, "has no layout (\(HDF5Library.lastError()))", trimmed)
    }
    let layout = H5Pget_layout(creation.id)
    guard layout != H5D_VIRTUAL, H5Pget_external_count(creation.id) == 0 else {
      throw error(.invalidFile, "its values lie in another file, which is not followed", trimmed)
    }
    guard let byteCount else { return }
    // Deflate makes 1032 bytes of one at most; values never written take no place but are read as the fill value.
    let isWhole = layout == H5D_CONTIGUOUS && hdf5_has_no_place(dataset) == 0
    let limit = isWhole ? byteCount : max(1 << 30, byteCount.multipliedReportingOverflow(by: 1032).partialValue)
    guard spec.byteCount <= limit else {
      throw error(
        .invalidFile, "found \(spec), which is \(spec.byteCount) bytes in a file of \(byteCount): it is damaged",
        trimmed)
    }
  }

  private func checkValues(_ tensor: inout Tensor, _ type: HDF5Type, _ path: String) throws(CoreError) {
    switch type {
    case .boolean:
      // A byte that is neither 0 nor 1 is no `Bool`.
      tensor.withMutableBytes { for index in $0.indices where $0[index] > 1 { $0[index] = 1 } }
    case .unsigned64:
      guard let large = tensor.withScalars(of: Int64.self, { $0.first { $0 < 0 } }) else { return }
      throw error(
        .invalidFile, "found \(UInt64(bitPattern: large)), expected integers that int64 can hold",
        HDF5File.trimmed(path))
    case .plain, .opaqueBFloat16: return
    }
  }
}
