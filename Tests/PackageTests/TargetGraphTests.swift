import Foundation
import TensorCore
import Testing

/// The picture of Docs/Architecture.md, held against what the package manager says.
@Suite struct TargetGraphTests {
  /// What each target may depend on. A target that is missing here is new: draw it into the picture first.
  private static let allowed: [String: Set<String>] = [
    "CKernels": [],
    "TensorCore": ["CKernels"],
    "AutoDiff": ["TensorCore"],
    "Layers": ["TensorCore", "Plan"],
    "Optimizers": ["TensorCore"],
    "Data": ["TensorCore", "CZlib", "CZip"],
    "Plan": ["TensorCore"],
    "Visualization": ["TensorCore"],
    "Profiling": ["TensorCore"],
    "BackendOpenBLAS": ["TensorCore", "COpenBLAS"],
    "COpenBLAS": [],
    "BackendOneDNN": ["TensorCore", "COneDNN"],
    "COneDNN": [],
    "IO-HDF5": ["TensorCore", "Layers", "CHDF5"],
    "ExtraLayers": ["TensorCore", "AutoDiff", "Layers"],
    "ModelZoo": ["TensorCore", "Layers"],
    "Training": ["TensorCore", "AutoDiff", "Layers", "Optimizers", "Data", "Plan"],
    "TestKit": ["TensorCore", "AutoDiff", "Layers", "Plan"],
    "Benchmarking": ["TensorCore", "Layers", "Optimizers", "Data", "Plan", "Training", "ModelZoo", "Profiling"],
    "Apus": ["TensorCore", "AutoDiff", "Layers", "Optimizers", "Data", "Plan", "Training", "ModelZoo", "Profiling"],
    "ApusCommand": [
      "Apus", "Benchmarking", "IO-HDF5", "Visualization", "BackendOneDNN", "BackendOpenBLAS", "ExtraLayers",
    ],
    "CHDF5": [], "CZlib": [], "CZip": [], "AllocationCounter": [],
  ]

  private struct Target {
    let name: String
    let kind: String
    let dependencies: Set<String>
    let products: Set<String>
  }

  /// Asks the package manager, with a build folder of its own: the one of this test run is locked.
  private static func describe() throws -> JSON {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let scratch = FileManager.default.temporaryDirectory.appending(path: "apus-describe-\(getpid())")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "describe", "--type", "json",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "swift package describe failed")
    return try JSON(parsing: data)
  }

  private static func targets(_ description: JSON) throws -> [Target] {
    try #require(description["targets"]?.arrayValue).map { target in
      Target(
        name: try #require(target["name"]?.stringValue), kind: try #require(target["type"]?.stringValue),
        dependencies: Set((target["target_dependencies"]?.arrayValue ?? []).compactMap(\.stringValue)),
        products: Set((target["product_dependencies"]?.arrayValue ?? []).compactMap(\.stringValue)))
    }
  }

  @Test func noTargetDependsOnWhatThePictureForbids() throws {
    let targets = try Self.targets(Self.describe()).filter { $0.kind != "test" }
    for target in targets {
      let allowed = try #require(Self.allowed[target.name], "target \(target.name) is not in the picture")
      let forbidden = target.dependencies.subtracting(allowed)
      #expect(forbidden.isEmpty, "\(target.name) must not depend on \(forbidden.sorted())")
      // Packages of others are for the program alone.
      #expect(target.products.isEmpty || target.name == "ApusCommand", "\(target.name) uses \(target.products)")
    }
    #expect(Set(targets.map(\.name)) == Set(Self.allowed.keys))
  }

  @Test func everySystemLibraryHasOneLeaf() throws {
    let targets = try Self.targets(Self.describe()).filter { $0.kind != "test" }
    for library in ["CHDF5", "CZlib", "CZip", "COpenBLAS", "COneDNN"] {
      let users = targets.filter { $0.dependencies.contains(library) }.map(\.name)
      #expect(users.count == 1, "\(library) is used by \(users)")
    }
  }

  @Test func everyModuleIsAProductOfItsOwn() throws {
    let description = try Self.describe()
    let products = try #require(description["products"]?.arrayValue)
    for product in products where product["type"]?["library"] != nil {
      let targets = (product["targets"]?.arrayValue ?? []).compactMap(\.stringValue)
      #expect(targets == [product["name"]?.stringValue ?? ""])
    }
    let names = Set(products.compactMap { $0["name"]?.stringValue })
    let modules = Set(
      Self.allowed.keys.filter { !$0.hasPrefix("C") && !["ApusCommand", "AllocationCounter"].contains($0) })
    #expect(modules.isSubset(of: names), "no product for \(modules.subtracting(names))")
    #expect(names.contains("apus"))
  }
}
