public import TensorCore

/// NumPy's `.npy` files: one array each. Format versions 1 to 3, C and Fortran order, either byte order.
///
/// Element types that tensors lack are widened on reading: int8, int16, uint16 to int32; uint32 and uint64 to int64.
public enum NPY {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Throws `missingFile`, or `invalidFile` naming what was expected and found.
  public static func read(_ path: String) throws(CoreError) -> Tensor {
    try decode(FileBytes.read(path)[...], name: path)
  }

  /// An array of a rank that the caller needs; throws `shapeMismatch` otherwise.
  public static func read(_ path: String, rank: Int) throws(CoreError) -> Tensor {
    let tensor = try read(path)
    guard tensor.rank == rank else {
      throw CoreError(
        .shapeMismatch, "found shape \(tensor.shape) of \(tensor.rank) dimensions, expected \(rank)", path: [path])
    }
    return tensor
  }

  /// Replaces the file as a whole. Throws `cannotWrite`.
  public static func write(_ tensor: Tensor, to path: String) throws(CoreError) {
    try FileBytes.write(encode(tensor, name: path), to: path)
  }

  /// The bytes of an `.npy` file. Throws for bfloat16, which NumPy does not have.
  public static func encode(_ tensor: Tensor, name: String = "array") throws(CoreError) -> [UInt8] {
    guard let code = tensor.dtype.numpyCode else {
      throw CoreError(.dtypeMismatch, "found bfloat16, which NumPy lacks; cast it to float32 first", path: [name])
    }
    let dimensions = tensor.shape.array.map(String.init)
    let shape = dimensions.count == 1 ? "(\(dimensions[0]),)" : "(" + dimensions.joined(separator: ", ") + ")"
    var header = "{'descr': '\(code)', 'fortran_order': False, 'shape': \(shape), }"
    // The data begin at a multiple of 64; magic, version and length are ten bytes, the header ends in a newline.
    header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    var bytes = magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8)
    tensor.withBytes { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// An array from the bytes of an `.npy` file.
  public static func decode(_ bytes: ArraySlice<UInt8>, name: String = "array") throws(CoreError) -> Tensor {
    let (header, data) = try split(bytes, name)
    let shape = try header.shape(name)
    guard let element = NumPyElement(code: header.descr) else {
      throw CoreError(
        .invalidFile, "found elements of type '\(header.descr)', expected numbers of 1 to 8 bytes", path: [name])
    }
    let byteCount = shape.elementCount * element.byteCount
    guard data.count >= byteCount else {
      throw CoreError(
        .invalidFile, "found \(data.count) bytes of data, expected \(byteCount) for shape \(shape)", path: [name])
    }
    // In Fortran order the file holds the transposed array.
    let stored = header.isFortranOrder ? Shape(shape.array.reversed()) : shape
    let tensor = try element.tensor(data.prefix(byteCount), stored, name)
    return header.isFortranOrder && shape.rank > 1 ? tensor.transposed() : tensor
  }

  private static func split(
    _ bytes: ArraySlice<UInt8>, _ name: String
  ) throws(CoreError) -> (NPYHeader, ArraySlice<UInt8>) {
    guard bytes.starts(with: magic), bytes.count >= 10 else {
      throw CoreError(.invalidFile, "found a file that does not begin as .npy files do", path: [name])
    }
    let start = bytes.startIndex
    let version = bytes[start + 6]
    let lengthBytes = version == 1 ? 2 : 4
    guard (1...3).contains(version), bytes.count >= 8 + lengthBytes else {
      throw CoreError(.invalidFile, "found .npy version \(version), expected 1 to 3", path: [name])
    }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[start + 8 + $1]) << (8 * $1) }
    let headerStart = start + 8 + lengthBytes
    guard bytes.endIndex - headerStart >= length else {
      throw CoreError(
        .invalidFile, "found \(bytes.endIndex - headerStart) bytes after the preamble, expected a header of \(length)",
        path: [name])
    }
    let text = String(decoding: bytes[headerStart..<headerStart + length], as: UTF8.self)
    return (try NPYHeader(text, name), bytes[(headerStart + length)...])
  }
}

/// The Python dictionary at the beginning of an `.npy` file.
struct NPYHeader {
  let descr: String
  let isFortranOrder: Bool
  private let dimensions: [Int]

  init(_ text: String, _ name: String) throws(CoreError) {
    guard let descr = Self.value(of: "descr", in: text), let order = Self.value(of: "fortran_order", in: text),
      let shape = Self.value(of: "shape", in: text), shape.hasPrefix("("), let end = shape.firstIndex(of: ")")
    else {
      throw CoreError(
        .invalidFile, "found header \(text.prefix(200)), expected descr, fortran_order, shape", path: [name])
    }
    self.descr = String(descr.drop { $0 == "'" || $0 == "\"" }.prefix { $0 != "'" && $0 != "\"" })
    isFortranOrder = order.hasPrefix("True")
    var dimensions: [Int] = []
    for part in shape[..<end].dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let number = Int(digits), number >= 0 else {
        throw CoreError(.invalidFile, "found shape \(shape[...end]), expected numbers in it", path: [name])
      }
      dimensions.append(number)
    }
    self.dimensions = dimensions
  }

  func shape(_ name: String) throws(CoreError) -> Shape {
    do {
      return try Shape(validating: dimensions)
    } catch {
      throw error.inside(name)
    }
  }

  /// What follows `'key':`.
  private static func value(of key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      let mark = quote + key + quote
      guard let range = text.firstRange(of: mark) else { continue }
      let rest = text[range.upperBound...].drop { $0 == " " }
      guard rest.first == ":" else { continue }
      return rest.dropFirst().drop { $0 == " " }
    }
    return nil
  }
}
