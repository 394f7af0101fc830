public import TensorCore

/// A table of numbers from a text file of separated values (RFC 4180: quoted fields, doubled quotes inside them).
public struct CSVTable: Sendable {
  /// The names in the first line, where the file has a header.
  public let columns: [String]?
  /// float64 `[rows, columns]`
  public let values: Tensor

  /// How the text is to be read.
  public struct Format: Sendable {
    public var delimiter: Character
    /// nil: the first line is a header where any of its fields is neither a number nor empty.
    public var hasHeader: Bool?
    /// What stands where a field is empty; nil makes an empty field an error.
    public var missingValue: Double?

    public init(delimiter: Character = ",", hasHeader: Bool? = nil, missingValue: Double? = nil) {
      self.delimiter = delimiter
      self.hasHeader = hasHeader
      self.missingValue = missingValue
    }
  }

  /// Throws `missingFile`, `invalidFile`, or `invalidData` naming line and column of what is no number.
  public static func read(_ path: String, _ format: Format = Format()) throws(CoreError) -> CSVTable {
    try parse(FileBytes.read(path), format, name: path)
  }

  /// The table in a text. `name` is what messages call it.
  public static func parse(
    _ text: [UInt8], _ format: Format = Format(), name: String = "text"
  ) throws(CoreError) -> CSVTable {
    guard let delimiter = format.delimiter.asciiValue, delimiter != 0x22, delimiter != 0x0A, delimiter != 0x0D else {
      throw CoreError(.invalidArgument, "found the delimiter '\(format.delimiter)', expected an ASCII character")
    }
    var scanner = CSVScanner(text: text, delimiter: delimiter, name: name)
    var parser = CSVParser(format: format, name: name)
    while let (fields, line) = try scanner.record() { try parser.add(fields, line: line) }
    return try parser.table()
  }

  init(columns: [String]?, values: Tensor) {
    self.columns = columns
    self.values = values
  }

  /// Some of the columns, `[rows, names.count]`. Throws `invalidArgument` for a name that the header lacks.
  public func columns(named names: [String]) throws(CoreError) -> Tensor {
    guard let columns else {
      throw CoreError(.invalidArgument, "found no header, expected one with \(names.joined(separator: ", "))")
    }
    var indices: [Int64] = []
    for name in names {
      guard let index = columns.firstIndex(of: name) else {
        throw CoreError(
          .invalidArgument, "found columns \(columns.joined(separator: ", ")), expected one named '\(name)'")
      }
      indices.append(Int64(index))
    }
    return values.gathered(Tensor(indices), axis: 1)
  }
}

/// Cuts a text into records of fields.
private struct CSVScanner {
  let text: [UInt8]
  let delimiter: UInt8
  let name: String
  private var position = 0
  private var line = 1

  init(text: [UInt8], delimiter: UInt8, name: String) {
    self.text = text
    self.delimiter = delimiter
    self.name = name
    // A byte order mark is no part of the first field.
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next record that is not an empty line, and the line it begins in; nil at the end.
  mutating func record() throws(CoreError) -> (fields: [String], line: Int)? {
    skipEmptyLines()
    guard position < text.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field(column: fields.count + 1))
      guard position < text.count else { return (fields, start) }
      if text[position] == delimiter {
        position += 1
        continue
      }
      skipLineEnd()
      return (fields, start)
    }
  }

  private mutating func field(column: Int) throws(CoreError) -> String {
    guard position < text.count, text[position] == 0x22 else {
      let start = position
      while position < text.count, text[position] != delimiter, !isLineEnd(text[position]) { position += 1 }
      return String(decoding: text[start..<position], as: UTF8.self)
    }
    let start = line
    var bytes: [UInt8] = []
    position += 1
    while position < text.count {
      let byte = text[position]
      position += 1
      if byte == 0x22 {
        // Two quotes are one; one ends the field.
        guard position < text.count, text[position] == 0x22 else { return try quoted(bytes, start, column) }
        position += 1
      }
      if byte == 0x0A { line += 1 }
      bytes.append(byte)
    }
    throw CoreError(
      .invalidData, "line \(start), column \(column): found a quoted field without its closing quote", path: [name])
  }

  private func quoted(_ bytes: [UInt8], _ line: Int, _ column: Int) throws(CoreError) -> String {
    guard position == text.count || text[position] == delimiter || isLineEnd(text[position]) else {
      throw CoreError(
        .invalidData, "line \(line), column \(column): found text behind a closing quote, expected the next field",
        path: [name])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private mutating func skipLineEnd() {
    if text[position] == 0x0D, position + 1 < text.count, text[position + 1] == 0x0A { position += 1 }
    position += 1
    line += 1
  }

  private mutating func skipEmptyLines() {
    while position < text.count, isLineEnd(text[position]) { skipLineEnd() }
  }
}

/// Makes numbers of records.
private struct CSVParser {
  let format: CSVTable.Format
  let name: String
  private var columns: [String]?
  private var width: Int?
  private var values: [Double] = []
  private var isFirst = true

  init(format: CSVTable.Format, name: String) {
    self.format = format
    self.name = name
  }

  mutating func add(_ fields: [String], line: Int) throws(CoreError) {
    let fields = fields.map(Self.trimmed)
    if let width, fields.count != width {
      throw CoreError(
        .invalidData, "line \(line): found \(fields.count) fields, expected \(width) as in the lines before",
        path: [name])
    }
    width = fields.count
    defer { isFirst = false }
    if isFirst, format.hasHeader ?? fields.contains(where: { !$0.isEmpty && Double($0) == nil }) {
      columns = fields.map(String.init)
      return
    }
    for (index, field) in fields.enumerated() { values.append(try number(field, line, index)) }
  }

  func table() throws(CoreError) -> CSVTable {
    guard let width, !values.isEmpty else {
      throw CoreError(.invalidData, "found no rows of numbers, expected at least one", path: [name])
    }
    return CSVTable(columns: columns, values: Tensor(values, [values.count / width, width]))
  }

  private func number(_ field: Substring, _ line: Int, _ index: Int) throws(CoreError) -> Double {
    if field.isEmpty, let missing = format.missingValue { return missing }
    if let number = Double(field) { return number }
    let column = columns.map { "\(index + 1) ('\($0[index])')" } ?? "\(index + 1)"
    let found = field.isEmpty ? "an empty field" : "'\(field.prefix(40))'"
    throw CoreError(.invalidData, "line \(line), column \(column): found \(found), expected a number", path: [name])
  }

  private static func trimmed(_ field: String) -> Substring {
    var field = field[...]
    while field.first?.isWhitespace == true { field.removeFirst() }
    while field.last?.isWhitespace == true { field.removeLast() }
    return field
  }
}
