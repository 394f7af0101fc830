public import TensorCore

/// IDX files: one array each, big-endian, plain or packed with gzip. The format of MNIST, described with it by
/// Y. LeCun, C. Cortes and C. Burges.
///
/// int8 and int16 become int32, which tensors have.
public enum IDXFile {
  private enum Element: UInt8 {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    var byteCount: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }

    var dtype: DType {
      switch self {
      case .uint8: .uint8
      case .int8, .int16, .int32: .int32
      case .float32: .float32
      case .float64: .float64
      }
    }
  }

  /// Throws `missingFile`, or `invalidFile` for another magic number, and for fewer or more bytes than the header says.
  public static func read(_ path: String) throws(CoreError) -> Tensor {
    let file = try GzipReader.opened(path)
    let (element, rank) = try magic(file)
    let header = try file.bytes(4 * rank)
    guard header.count == 4 * rank else {
      throw CoreError(
        .invalidFile, "found \(4 + header.count) bytes, expected \(4 + 4 * rank) of header: it is truncated",
        path: [path])
    }
    let dimensions = (0..<rank).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let shape: Shape
    do throws(CoreError) { shape = try Shape(validating: dimensions) } catch { throw error.inside(path) }
    return try values(file, element, shape, headerByteCount: 4 + 4 * rank)
  }

  /// The element type and the number of dimensions.
  private static func magic(_ file: borrowing GzipReader) throws(CoreError) -> (Element, rank: Int) {
    let magic = try file.bytes(4)
    guard magic.count == 4 else {
      throw CoreError(
        .invalidFile, "found \(magic.count) bytes, expected at least the 4 of an IDX magic number", path: [file.path])
    }
    guard magic[0] == 0, magic[1] == 0, let element = Element(rawValue: magic[2]) else {
      let found = magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      throw CoreError(
        .invalidFile,
        "found the magic number \(found), expected an IDX file's: 00 00, a type of 08, 09 or 0b to 0e, and the number "
          + "of dimensions",
        path: [file.path])
    }
    return (element, Int(magic[3]))
  }

  private static func values(
    _ file: borrowing GzipReader, _ element: Element, _ shape: Shape, headerByteCount: Int
  ) throws(CoreError) -> Tensor {
    let byteCount = shape.elementCount * element.byteCount
    // Asked before memory is: a false header must not reserve what no file of this size can hold.
    guard byteCount <= file.largestByteCount else {
      throw tooShort(file, shape, expected: byteCount, found: max(0, file.storedByteCount - headerByteCount))
    }
    var bytes = Tensor(uninitialized: TensorSpec([byteCount], .uint8))
    let found: Int
    do {
      found = try bytes.withMutableBytes { try file.read(into: $0) }
    } catch {
      throw CoreError(wrapping: error, .invalidFile)
    }
    guard found == byteCount else { throw tooShort(file, shape, expected: byteCount, found: found) }
    guard try file.bytes(1).isEmpty else {
      throw CoreError(
        .invalidFile, "found more than the \(byteCount) bytes of data that shape \(shape) has, expected the end",
        path: [file.path])
    }
    return element == .uint8 ? bytes.aliased(as: TensorSpec(shape, .uint8)) : converted(bytes, element, shape)
  }

  private static func tooShort(
    _ file: borrowing GzipReader, _ shape: Shape, expected: Int, found: Int
  ) -> CoreError {
    CoreError(
      .invalidFile, "found \(found) bytes of data, expected \(expected) for shape \(shape): it is too short",
      path: [file.path])
  }

  /// Big-endian elements as a tensor of the machine's order.
  private static func converted(_ bytes: Tensor, _ element: Element, _ shape: Shape) -> Tensor {
    var tensor = Tensor(uninitialized: TensorSpec(shape, element.dtype))
    let count = shape.elementCount
    bytes.withBytes { source in
      func load<I: FixedWidthInteger>(_ index: Int, _: I.Type) -> I {
        I(bigEndian: source.loadUnaligned(fromByteOffset: index * element.byteCount, as: I.self))
      }
      tensor.withMutableBytes { target in
        for index in 0..<count {
          switch element {
          case .uint8: target[index] = source[index]
          case .int8: target.storeBytes(of: Int32(load(index, Int8.self)), toByteOffset: 4 * index, as: Int32.self)
          case .int16: target.storeBytes(of: Int32(load(index, Int16.self)), toByteOffset: 4 * index, as: Int32.self)
          case .int32, .float32:
            target.storeBytes(of: load(index, UInt32.self), toByteOffset: 4 * index, as: UInt32.self)
          case .float64: target.storeBytes(of: load(index, UInt64.self), toByteOffset: 8 * index, as: UInt64.self)
          }
        }
      }
    }
    return tensor
  }
}
