// swift-tools-version: 6.2
import PackageDescription

// Uses the product TensorCore and nothing else of Apus: no HDF5, no OpenBLAS.
let package = Package(
  name: "TensorCoreOnly",
  dependencies: [.package(name: "Apus", path: "../..")],
  targets: [
    .executableTarget(
      name: "TensorCoreOnly", dependencies: [.product(name: "TensorCore", package: "Apus")])
  ],
  swiftLanguageModes: [.v6]
)
