internal import CHDF5
internal import TensorCore

/// How the elements of a dataset are stored and what tensor they become.
enum HDF5Type {
  /// Read as they are.
  case plain(DType)
  /// Unsigned 64-bit integers: read as int64, where they fit.
  case unsigned64
  /// h5py's booleans: an enumeration of FALSE and TRUE over int8.
  case boolean
  /// Keras's bfloat16: opaque elements of two bytes, with an attribute `dtype`.
  case opaqueBFloat16

  var dtype: DType {
    switch self {
    case .plain(let dtype): dtype
    case .unsigned64: .int64
    case .boolean: .bool
    case .opaqueBFloat16: .bfloat16
    }
  }

  /// The type of `id`; the description of what it is where there is no tensor for it.
  static func of(_ id: hid_t, isMarkedBFloat16: Bool) -> Result<HDF5Type, Unsupported> {
    let size = H5Tget_size(id)
    switch H5Tget_class(id) {
    case H5T_FLOAT: return floating(id, size)
    case H5T_INTEGER: return integer(size, isSigned: H5Tget_sign(id) == H5T_SGN_2)
    case H5T_ENUM: return isBoolean(id) ? .success(.boolean) : .failure(Unsupported(name: "an enumeration"))
    case H5T_OPAQUE where size == 2 && isMarkedBFloat16: return .success(.opaqueBFloat16)
    case H5T_OPAQUE: return .failure(Unsupported(name: "opaque elements of \(size) bytes"))
    case H5T_STRING: return .failure(Unsupported(name: "strings"))
    case H5T_COMPOUND: return .failure(Unsupported(name: "compound elements of \(size) bytes"))
    case H5T_REFERENCE: return .failure(Unsupported(name: "references"))
    case H5T_VLEN: return .failure(Unsupported(name: "elements of variable length"))
    default: return .failure(Unsupported(name: "elements of an unknown class"))
    }
  }

  struct Unsupported: Error { let name: String }

  private static func floating(_ id: hid_t, _ size: Int) -> Result<HDF5Type, Unsupported> {
    switch size {
    case 4: return .success(.plain(.float32))
    case 8: return .success(.plain(.float64))
    case 2:
      var (sign, exponentAt, exponentBits, mantissaAt, mantissaBits) = (0, 0, 0, 0, 0)
      guard H5Tget_fields(id, &sign, &exponentAt, &exponentBits, &mantissaAt, &mantissaBits) >= 0 else { break }
      if exponentBits == 5 && mantissaBits == 10 { return .success(.plain(.float16)) }
      if exponentBits == 8 && mantissaBits == 7 { return .success(.plain(.bfloat16)) }
    default: break
    }
    return .failure(Unsupported(name: "floating-point elements of \(size) bytes"))
  }

  /// The smallest of our integer types that holds every value.
  private static func integer(_ size: Int, isSigned: Bool) -> Result<HDF5Type, Unsupported> {
    switch (size, isSigned) {
    case (1, false): .success(.plain(.uint8))
    case (1, true), (2, _), (4, true): .success(.plain(.int32))
    case (4, false), (8, true): .success(.plain(.int64))
    case (8, false): .success(.unsigned64)
    default: .failure(Unsupported(name: "integers of \(size) bytes"))
    }
  }

  private static func isBoolean(_ id: hid_t) -> Bool {
    guard H5Tget_size(id) == 1, H5Tget_nmembers(id) == 2 else { return false }
    var (no, yes): (Int8, Int8) = (-1, -1)
    return H5Tenum_valueof(id, "FALSE", &no) >= 0 && H5Tenum_valueof(id, "TRUE", &yes) >= 0 && no == 0 && yes == 1
  }

  /// The type of the elements in memory; `stored` is the type in the file.
  func memoryType(_ stored: hid_t) -> HDF5Handle? {
    switch self {
    case .plain(let dtype): HDF5Type.storedType(dtype)
    case .unsigned64: HDF5Handle(H5Tcopy(hdf5_uint64()), closedBy: H5Tclose)
    case .boolean: HDF5Type.storedType(.bool)
    case .opaqueBFloat16: HDF5Handle(H5Tcopy(stored), closedBy: H5Tclose)
    }
  }

  /// The type in which h5py stores what NumPy calls `dtype`. Little-endian, as are the machines this runs on.
  static func storedType(_ dtype: DType) -> HDF5Handle? {
    switch dtype {
    case .float32: HDF5Handle(H5Tcopy(hdf5_float32()), closedBy: H5Tclose)
    case .float64: HDF5Handle(H5Tcopy(hdf5_float64()), closedBy: H5Tclose)
    case .float16: HDF5Handle(hdf5_make_float_2(5, 10), closedBy: H5Tclose)
    case .bfloat16: HDF5Handle(hdf5_make_float_2(8, 7), closedBy: H5Tclose)
    case .int64: HDF5Handle(H5Tcopy(hdf5_int64()), closedBy: H5Tclose)
    case .int32: HDF5Handle(H5Tcopy(hdf5_int32()), closedBy: H5Tclose)
    case .uint8: HDF5Handle(H5Tcopy(hdf5_uint8()), closedBy: H5Tclose)
    case .bool: booleanType()
    }
  }

  /// Opaque elements of two bytes, as h5py writes NumPy's `V2`.
  static func opaqueType() -> HDF5Handle? { HDF5Handle(H5Tcreate(H5T_OPAQUE, 2), closedBy: H5Tclose) }

  private static func booleanType() -> HDF5Handle? {
    guard let type = HDF5Handle(H5Tenum_create(hdf5_int8()), closedBy: H5Tclose) else { return nil }
    var (no, yes): (Int8, Int8) = (0, 1)
    guard H5Tenum_insert(type.id, "FALSE", &no) >= 0, H5Tenum_insert(type.id, "TRUE", &yes) >= 0 else { return nil }
    return type
  }
}
