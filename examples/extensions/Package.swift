// swift-tools-version: 6.1
import PackageDescription

// Built on Surety's public declarations alone: `make test-extensions` in the folder above these examples.
let package = Package(
    name: "extensions",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "surety", path: "../..")],
    targets: [
        .executableTarget(name: "extensions", dependencies: [.product(name: "Surety", package: "surety")])
    ],
    cxxLanguageStandard: .cxx17
)
