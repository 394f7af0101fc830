import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct OperationRuleTests {
  @Test("Shape, value and gradient rules hold", arguments: OperationCorpus.cases)
  func rulesHold(_ entry: OperationCase) throws {
    try entry.check()
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What a pattern's group matches in the Swift files of a folder.
  private static func matches(_ pattern: Regex<(Substring, Substring)>, in folder: String) throws -> Set<String> {
    var found: Set<String> = []
    let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: pattern) {
        found.insert(String(match.1))
      }
    }
    return found
  }

  /// Without generic arguments.
  private static func name(_ type: Any.Type) -> String { String("\(type)".prefix { $0 != "<" }) }

  @Test("The corpus has a case for every operation of TensorCore")
  func corpusIsComplete() throws {
    let defined = try Self.matches(
      /public struct (\w+)(?:<[^>]*>)?: [\w, ]*Operation\b/, in: "Modules/TensorCore/Operations")
    let covered = Set(OperationCorpus.operationTypes.map { Self.name($0) })
    #expect(defined.count > 40)
    #expect(defined.subtracting(covered).sorted() == [])
    #expect(covered.subtracting(defined).sorted() == [])
  }

  @Test("Every operation from floats to floats but updates has a gradient rule in AutoDiff")
  func rulesAreComplete() throws {
    let ruled = try Self.matches(/extension (\w+): DifferentiableOperation\b/, in: "Modules/AutoDiff/Rules")
    let differentiable = OperationCorpus.cases.filter { entry in
      let outputs = (try? entry.operation.infer(entry.inputs.map(\.spec))) ?? []
      return entry.derivatives > 0 && entry.inputs.contains(where: \.dtype.isFloating)
        && outputs.contains(where: \.dtype.isFloating)
    }
    // The tape treats stopGradient() itself.
    let needed = Set(differentiable.map { Self.name(type(of: $0.operation)) }).subtracting(["StopGradient"])
    #expect(needed.subtracting(ruled).sorted() == [])
  }
}
