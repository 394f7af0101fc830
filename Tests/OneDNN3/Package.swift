// swift-tools-version: 6.2
import PackageDescription

// The tests of BackendOneDNN in a package of their own, so that they can be built against another version of the library
// without everything else (Scripts/onednn3).
let package = Package(
  name: "OneDNN3",
  dependencies: [.package(name: "Apus", path: "../..")],
  targets: [
    .testTarget(
      name: "BackendOneDNNTests",
      dependencies: ["TensorCore", "AutoDiff", "BackendOneDNN", "TestKit"].map { .product(name: $0, package: "Apus") },
      path: "BackendOneDNNTests",
      swiftSettings: [
        .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
