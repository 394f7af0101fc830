// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that those who use Apus never build it.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Apus", path: "..")],
  targets: [
    .target(name: "MallocCounter"),
    .executableTarget(
      name: "workloads",
      dependencies: [
        "MallocCounter",
        .product(name: "Apus", package: "Apus"), .product(name: "Benchmarking", package: "Apus"),
        .product(name: "BackendOneDNN", package: "Apus"), .product(name: "BackendOpenBLAS", package: "Apus"),
      ]),
    .executableTarget(
      name: "accuracy",
      dependencies: [
        .product(name: "Apus", package: "Apus"), .product(name: "BackendOneDNN", package: "Apus"),
        .product(name: "BackendOpenBLAS", package: "Apus"),
      ]),
    .executableTarget(
      name: "soak",
      dependencies: [
        .product(name: "Apus", package: "Apus"), .product(name: "Benchmarking", package: "Apus"),
        .product(name: "BackendOneDNN", package: "Apus"), .product(name: "BackendOpenBLAS", package: "Apus"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
