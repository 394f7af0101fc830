import Data
import TensorCore
import Testing

@Suite struct CSVTableTests {
  private func parse(_ text: String, _ format: CSVTable.Format = .init()) throws -> CSVTable {
    try CSVTable.parse(Array(text.utf8), format, name: "table.csv")
  }

  @Test func readsNumbers() throws {
    let table = try parse("1,2.5,-3\n4e2, 5 ,6\r\n\n7,8,9")
    #expect(table.columns == nil)
    #expect(table.values.shape == [3, 3])
    #expect(table.values.scalars(of: Double.self) == [1, 2.5, -3, 400, 5, 6, 7, 8, 9])
  }

  @Test func findsTheHeader() throws {
    let table = try parse("\u{FEFF}a,\"b, \"\"c\"\"\",d\n1,\"2\",3\n")
    #expect(table.columns == ["a", "b, \"c\"", "d"])
    #expect(table.values.scalars(of: Double.self) == [1, 2, 3])
    #expect(try table.columns(named: ["d", "a"]).scalars(of: Double.self) == [3, 1])
    let error = try failure { _ = try table.columns(named: ["e"]) }
    #expect(error.message == "found columns a, b, \"c\", d, expected one named 'e'")
    // A header of numbers has to be asked for.
    #expect(try parse("1,2\n3,4", .init(hasHeader: true)).columns == ["1", "2"])
  }

  @Test func takesOtherDelimiters() throws {
    #expect(try parse("1;2\n3;4", .init(delimiter: ";")).values.shape == [2, 2])
    #expect(try parse("1\t2\n3\t4", .init(delimiter: "\t")).values.scalars(of: Double.self) == [1, 2, 3, 4])
    #expect(throws: CoreError.self) { try parse("1", .init(delimiter: "é")) }
  }

  @Test func namesTheLineAndColumnOfAHole() throws {
    let error = try failure { _ = try parse("a,b\n1,2\n3,\n") }
    #expect(error.code == .invalidData)
    #expect(error.description == "table.csv: line 3, column 2 ('b'): found an empty field, expected a number")
    let filled = try parse("a,b\n1,2\n3,\n", .init(missingValue: -1))
    #expect(filled.values.scalars(of: Double.self) == [1, 2, 3, -1])
  }

  @Test func namesWhatIsWrong() throws {
    #expect(try failure { _ = try parse("1,2\n3,x") }.message == "line 2, column 2: found 'x', expected a number")
    #expect(
      try failure { _ = try parse("1,2\n3") }.message == "line 2: found 1 fields, expected 2 as in the lines before")
    #expect(
      try failure { _ = try parse("1,2\n\"3,4\n") }.message
        == "line 2, column 1: found a quoted field without its closing quote")
    #expect(
      try failure { _ = try parse("1,\"2\"3\n") }.message
        == "line 1, column 2: found text behind a closing quote, expected the next field")
    #expect(try failure { _ = try parse("") }.message == "found no rows of numbers, expected at least one")
    #expect(try failure { _ = try parse("a,b\n") }.message == "found no rows of numbers, expected at least one")
    #expect(try failure { _ = try CSVTable.read("/nowhere/t.csv") }.code == .missingFile)
  }
}
