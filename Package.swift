// swift-tools-version: 6.2
import PackageDescription

// Every Swift target is held to the same rules: explicit visibility of imports, explicit existentials.
let rules: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// A library module under `Modules/`. Docs/Architecture.md draws who may import whom; a test enforces it.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: rules)
}

/// A plugin under `Plugins/`: a backend or a set of layers that registers itself with the host.
func plugin(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Plugins/\(name)", swiftSettings: rules)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: rules)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let libraries = [
  "TensorCore", "AutoDiff", "Layers", "Optimizers", "Data", "Plan", "Training", "IO-HDF5", "ModelZoo",
  "Visualization", "TestKit", "Profiling", "Benchmarking", "Apus", "ExtraLayers", "BackendOpenBLAS",
  "BackendOneDNN",
]

let package = Package(
  name: "Apus",
  products: libraries.map { .library(name: $0, targets: [$0]) } + [
    .executable(name: "apus", targets: ["ApusCommand"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Level 0: plain C, no system library but libm and pthreads.
    .target(
      name: "CKernels", path: "Modules/CKernels",
      cSettings: [.define("_GNU_SOURCE")],
      linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),

    // Level 1
    module("TensorCore", ["CKernels"]),

    // Level 2: TensorCore only, plus one's own system library.
    module("AutoDiff", ["TensorCore"]),
    module("Layers", ["TensorCore", "Plan"]),
    module("Optimizers", ["TensorCore"]),
    module("Data", ["TensorCore", "CZlib", "CZip"]),
    module("Plan", ["TensorCore"]),
    module("Visualization", ["TensorCore"]),
    module("Profiling", ["TensorCore"]),
    plugin("BackendOpenBLAS", ["TensorCore", "COpenBLAS"]),
    plugin("BackendOneDNN", ["TensorCore", "COneDNN"]),

    // Level 3
    module("IO-HDF5", ["TensorCore", "Layers", "CHDF5"]),
    plugin("ExtraLayers", ["TensorCore", "AutoDiff", "Layers"]),
    module("ModelZoo", ["TensorCore", "Layers"]),
    module("Training", ["TensorCore", "AutoDiff", "Layers", "Optimizers", "Data", "Plan"]),
    module("TestKit", ["TensorCore", "AutoDiff", "Layers", "Plan"]),
    module(
      "Benchmarking",
      ["TensorCore", "Layers", "Optimizers", "Data", "Plan", "Training", "ModelZoo", "Profiling"]),

    // Level 4: re-exports, and the program.
    module(
      "Apus", ["TensorCore", "AutoDiff", "Layers", "Optimizers", "Data", "Plan", "Training", "ModelZoo", "Profiling"]),
    .executableTarget(
      name: "ApusCommand",
      dependencies: [
        "Apus", "Benchmarking", "IO-HDF5", "Visualization", "BackendOneDNN", "BackendOpenBLAS", "ExtraLayers",
        argumentParser,
      ],
      path: "Tools/apus", swiftSettings: rules),

    // System libraries, each behind one leaf.
    .systemLibrary(
      name: "CHDF5", path: "Plugins/System/CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Plugins/System/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZip", path: "Plugins/System/CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    // OpenBLAS is loaded at run time (its kernels are chosen before its constructor runs), so it has no link line.
    .target(name: "COpenBLAS", path: "Plugins/System/COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
    // oneDNN is loaded at run time too: programs start where it is missing. Its headers are needed to build.
    .target(name: "COneDNN", path: "Plugins/System/COneDNN", linkerSettings: [.linkedLibrary("dl")]),

    // Takes the allocator's place in programs that are linked with it, and counts: for benchmarks, and for the tests of
    // steps that allocate nothing.
    .target(name: "AllocationCounter", path: "Benchmarks/Sources/MallocCounter"),

    tests("CKernelsTests", ["CKernels"]),
    tests("TensorCoreTests", ["TensorCore"]),
    tests("AutoDiffTests", ["TensorCore", "AutoDiff", "TestKit"]),
    tests("LayersTests", ["TensorCore", "Layers", "AutoDiff", "Plan", "TestKit"]),
    tests("OptimizersTests", ["TensorCore", "Optimizers"]),
    tests("DataTests", ["TensorCore", "Data"]),
    tests("PlanTests", ["TensorCore", "AutoDiff", "Layers", "Plan", "ModelZoo", "AllocationCounter"]),
    tests(
      "TrainingTests", ["TensorCore", "Layers", "Optimizers", "Data", "Training", "ModelZoo", "AllocationCounter"]),
    tests("IO-HDF5Tests", ["TensorCore", "Layers", "IO-HDF5"]),
    tests("ModelZooTests", ["TensorCore", "Layers", "ModelZoo"]),
    tests("VisualizationTests", ["TensorCore", "Visualization"]),
    tests("ProfilingTests", ["TensorCore", "AutoDiff", "Optimizers", "Plan", "Profiling"]),
    tests("BenchmarkingTests", ["TensorCore", "Benchmarking"]),
    tests("BackendOneDNNTests", ["TensorCore", "AutoDiff", "BackendOneDNN", "TestKit"]),
    tests("BackendOpenBLASTests", ["TensorCore", "AutoDiff", "BackendOpenBLAS", "TestKit"]),
    // Numbers from real Keras: fixtures in Tests/Fixtures, and real Keras itself on files that we wrote.
    tests("KerasTests", ["Apus", "ExtraLayers", "IO-HDF5", "BackendOpenBLAS", "TestKit"]),
    // The program as its users meet it: arguments, exit codes, messages.
    tests("CommandTests", ["Apus", "IO-HDF5", "ApusCommand"]),
    tests("PackageTests", ["TensorCore"]),
  ],
  swiftLanguageModes: [.v6]
)
